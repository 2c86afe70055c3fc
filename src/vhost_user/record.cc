#include "vhost_user/record.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <span>
#include <string_view>

#include "vhost_user/message.h"

namespace laneway {

namespace {

constexpr uint32_t kMagic = 0x5244'574c;  // "LWDR"
constexpr uint32_t kNoDescriptor = UINT32_MAX;
constexpr size_t kOutputMax = 4096;
constexpr size_t kReasonMax = 1024;

enum class Tag : uint32_t {
  device = 1,
  region = 2,
  ring = 3,
  inflight = 4,
  input = 5,
  output = 6,
  input_descriptor = 7,
  output_descriptor = 8,
  progress = 9,
  broken = 10,
};

struct HeadWire {
  uint32_t magic = kMagic;
  uint32_t version = DeviceRecord::kVersion;
};
static_assert(sizeof(HeadWire) == 8);

struct FieldWire {
  uint32_t tag = 0;
  uint32_t bytes = 0;
};
static_assert(sizeof(FieldWire) == 8);

constexpr uint32_t kIsOwned = 1;
constexpr uint32_t kHasFeatures = 2;
constexpr uint32_t kIsWriteback = 4;
struct DeviceWire {
  uint64_t generation = 0;
  uint64_t features = 0;
  uint64_t protocol_features = 0;
  uint32_t flags = 0;
  uint32_t status = 0;
  uint32_t connection = kNoDescriptor;
  uint32_t backend_request = kNoDescriptor;
};
static_assert(sizeof(DeviceWire) == 40);

struct RegionWire {
  MemoryRegionWire region;
  uint32_t descriptor = kNoDescriptor;
  uint32_t padding = 0;
};
static_assert(sizeof(RegionWire) == 40);

constexpr uint32_t kHasAddresses = 1;
constexpr uint32_t kIsStarted = 2;
constexpr uint32_t kIsEnabled = 4;
struct RingWire {
  uint64_t descriptors = 0;
  uint64_t available = 0;
  uint64_t used = 0;
  uint64_t log_guest_address = 0;
  uint32_t address_flags = 0;
  uint32_t flags = 0;
  uint32_t kick = kNoDescriptor;
  uint32_t call = kNoDescriptor;
  uint32_t error = kNoDescriptor;
  uint16_t size = 0;
  uint16_t base = 0;
};
static_assert(sizeof(RingWire) == 56);

struct InflightFieldWire {
  uint64_t mmap_size_bytes = 0;
  uint64_t mmap_offset_bytes = 0;
  uint32_t descriptor = kNoDescriptor;
  uint16_t queues = 0;
  uint16_t queue_size = 0;
  uint32_t is_from_front_end = 0;
  uint32_t padding = 0;
};
static_assert(sizeof(InflightFieldWire) == 32);

constexpr uint32_t kIsSettled = 1;
struct ProgressWire {
  uint64_t serial = 0;
  uint32_t consume_bytes = 0;
  uint32_t flags = 0;
};
static_assert(sizeof(ProgressWire) == 16);

class RecordWriter {
 public:
  template <typename T>
  void field(Tag tag, const T& wire) {
    bytes_field(tag, bytes_of(wire));
  }
  void bytes_field(Tag tag, ByteView bytes) {
    append(bytes_of(FieldWire{static_cast<uint32_t>(tag), static_cast<uint32_t>(bytes.size())}));
    append(bytes);
  }
  void append(ByteView bytes) { out_.bytes.insert(out_.bytes.end(), bytes.begin(), bytes.end()); }
  uint32_t descriptor(const UniqueFd& fd) { return descriptor(fd.get()); }
  uint32_t descriptor(int fd) {
    if (fd < 0) return kNoDescriptor;
    out_.descriptors.push_back(fd);
    return static_cast<uint32_t>(out_.descriptors.size() - 1);
  }
  EncodedRecord take() { return std::move(out_); }

 private:
  EncodedRecord out_;
};

class RecordReader {
 public:
  explicit RecordReader(std::vector<UniqueFd> descriptors) : descriptors_(std::move(descriptors)) {}

  Result<void> field(Tag tag, ByteView bytes);
  Result<DeviceRecord> finish();

 private:
  template <typename T>
  Result<T> wire(ByteView bytes) const {
    T value;
    if (bytes.size() == sizeof(T) && copy_out(bytes, 0, value)) return value;
    return fail(ErrorCode::protocol, "a field of a device record has {} bytes, it takes {}", bytes.size(), sizeof(T));
  }
  Result<void> device(ByteView bytes);
  Result<void> region(ByteView bytes);
  Result<void> ring(ByteView bytes);
  Result<void> inflight(ByteView bytes);
  Result<void> progress(ByteView bytes);
  Result<void> broken(ByteView bytes);
  Result<void> text(ByteView bytes, size_t most, std::vector<uint8_t>& out);
  Result<void> descriptor_field(ByteView bytes, std::vector<UniqueFd>& out);
  // Each descriptor belongs to one place.
  Result<UniqueFd> descriptor(uint32_t index);

  std::vector<UniqueFd> descriptors_;
  DeviceRecord record_;
  bool has_device_ = false;
};

Result<UniqueFd> RecordReader::descriptor(uint32_t index) {
  if (index == kNoDescriptor) return UniqueFd();
  if (index >= descriptors_.size() || !descriptors_[index]) {
    return fail(ErrorCode::protocol, "a device record names descriptor {}, which it does not have", index);
  }
  return std::move(descriptors_[index]);
}

Result<void> RecordReader::field(Tag tag, ByteView bytes) {
  switch (tag) {
    case Tag::device:
      return device(bytes);
    case Tag::region:
      return region(bytes);
    case Tag::ring:
      return ring(bytes);
    case Tag::inflight:
      return inflight(bytes);
    case Tag::input:
      return text(bytes, sizeof(MessageHeaderWire) + kMessagePayloadMax, record_.input);
    case Tag::output:
      return text(bytes, kOutputMax, record_.output);
    case Tag::input_descriptor:
      return descriptor_field(bytes, record_.input_descriptors);
    case Tag::output_descriptor:
      return descriptor_field(bytes, record_.output_descriptors);
    case Tag::progress:
      return progress(bytes);
    case Tag::broken:
      return broken(bytes);
  }
  return {};  // of a later version
}

Result<void> RecordReader::device(ByteView bytes) {
  const auto read = wire<DeviceWire>(bytes);
  if (!read) return tl::unexpected<Error>(read.error());
  if (has_device_) return fail(ErrorCode::protocol, "a device record describes two devices");
  has_device_ = true;
  record_.generation = read->generation;
  record_.features = read->features;
  record_.protocol_features = read->protocol_features;
  record_.is_owned = (read->flags & kIsOwned) != 0;
  record_.has_features = (read->flags & kHasFeatures) != 0;
  record_.is_writeback = (read->flags & kIsWriteback) != 0;
  record_.status = static_cast<uint8_t>(read->status);
  auto connection = descriptor(read->connection);
  if (!connection) return pass_on(connection);
  record_.connection = std::move(*connection);
  auto backend = descriptor(read->backend_request);
  if (!backend) return pass_on(backend);
  record_.backend_request = std::move(*backend);
  return {};
}

Result<void> RecordReader::region(ByteView bytes) {
  const auto read = wire<RegionWire>(bytes);
  if (!read) return tl::unexpected<Error>(read.error());
  if (record_.regions.size() >= GuestMemory::kRegionsMax) {
    return fail(ErrorCode::protocol, "a device record with more than {} memory regions", GuestMemory::kRegionsMax);
  }
  auto fd = descriptor(read->descriptor);
  if (!fd) return pass_on(fd);
  record_.regions.push_back({decode_region(read->region), std::move(*fd)});
  return {};
}

Result<void> RecordReader::ring(ByteView bytes) {
  const auto read = wire<RingWire>(bytes);
  if (!read) return tl::unexpected<Error>(read.error());
  if (record_.rings.size() >= DeviceRecord::kRingsMax) {
    return fail(ErrorCode::protocol, "a device record with more than {} rings", DeviceRecord::kRingsMax);
  }
  if (read->size != 0 && (!std::has_single_bit(read->size) || read->size > 1024)) {
    return fail(ErrorCode::protocol, "a device record with a ring of {} entries", read->size);
  }
  RingRecord ring;
  ring.size = read->size;
  ring.base = read->base;
  ring.has_addresses = (read->flags & kHasAddresses) != 0;
  ring.is_started = (read->flags & kIsStarted) != 0;
  ring.is_enabled = (read->flags & kIsEnabled) != 0;
  ring.descriptors = UserAddr{read->descriptors};
  ring.available = UserAddr{read->available};
  ring.used = UserAddr{read->used};
  ring.flags = read->address_flags;
  ring.log_guest_address = read->log_guest_address;
  const struct {
    uint32_t index;
    UniqueFd& place;
  } descriptors[] = {{read->kick, ring.kick}, {read->call, ring.call}, {read->error, ring.error}};
  for (const auto& [index, place] : descriptors) {
    auto fd = descriptor(index);
    if (!fd) return pass_on(fd);
    place = std::move(*fd);
  }
  record_.rings.push_back(std::move(ring));
  return {};
}

Result<void> RecordReader::inflight(ByteView bytes) {
  const auto read = wire<InflightFieldWire>(bytes);
  if (!read) return tl::unexpected<Error>(read.error());
  auto fd = descriptor(read->descriptor);
  if (!fd) return pass_on(fd);
  record_.inflight = InflightRecord{std::move(*fd),        read->is_from_front_end != 0,
                                    read->mmap_size_bytes, read->mmap_offset_bytes,
                                    read->queues,          read->queue_size};
  return {};
}

Result<void> RecordReader::progress(ByteView bytes) {
  const auto read = wire<ProgressWire>(bytes);
  if (!read) return tl::unexpected<Error>(read.error());
  if (read->consume_bytes > sizeof(MessageHeaderWire) + kMessagePayloadMax) {
    return fail(ErrorCode::protocol, "a device record with {} bytes to take from its socket", read->consume_bytes);
  }
  record_.serial = read->serial;
  record_.consume_bytes = read->consume_bytes;
  record_.is_settled = (read->flags & kIsSettled) != 0;
  return {};
}

Result<void> RecordReader::broken(ByteView bytes) {
  if (bytes.size() > kReasonMax) return fail(ErrorCode::protocol, "a device record with too long a reason");
  record_.is_broken = true;
  record_.broken_reason.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> RecordReader::text(ByteView bytes, size_t most, std::vector<uint8_t>& out) {
  if (bytes.size() > most) return fail(ErrorCode::protocol, "a device record with a message of {} bytes", bytes.size());
  out.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> RecordReader::descriptor_field(ByteView bytes, std::vector<UniqueFd>& out) {
  const auto index = wire<uint32_t>(bytes);
  if (!index) return tl::unexpected<Error>(index.error());
  auto fd = descriptor(*index);
  if (!fd) return pass_on(fd);
  if (!*fd || out.size() >= kMessageDescriptorsMax) {
    return fail(ErrorCode::protocol, "a device record with the wrong number of descriptors of a message");
  }
  out.push_back(std::move(*fd));
  return {};
}

Result<DeviceRecord> RecordReader::finish() {
  if (!has_device_) return fail(ErrorCode::protocol, "a device record without its device");
  // A message in hand is either not wholly there or waits to be looked at again; more than one there never is.
  MessageHeaderWire header;
  if (copy_out(record_.input, 0, header) && (header.payload_bytes > kMessagePayloadMax ||
                                             record_.input.size() > sizeof(MessageHeaderWire) + header.payload_bytes)) {
    return fail(ErrorCode::protocol, "a device record with more than one message in hand");
  }
  return std::move(record_);
}

RingWire encode_ring(const RingRecord& ring, RecordWriter& out) {
  RingWire wire;
  wire.descriptors = static_cast<uint64_t>(ring.descriptors);
  wire.available = static_cast<uint64_t>(ring.available);
  wire.used = static_cast<uint64_t>(ring.used);
  wire.log_guest_address = ring.log_guest_address;
  wire.address_flags = ring.flags;
  wire.flags = (ring.has_addresses ? kHasAddresses : 0) | (ring.is_started ? kIsStarted : 0) |
               (ring.is_enabled ? kIsEnabled : 0);
  wire.kick = out.descriptor(ring.kick);
  wire.call = out.descriptor(ring.call);
  wire.error = out.descriptor(ring.error);
  wire.size = ring.size;
  wire.base = ring.base;
  return wire;
}

void encode_region(const GuestRegion& region, int fd, RecordWriter& out) {
  const MemoryRegionWire wire{static_cast<uint64_t>(region.guest_address), region.size_bytes,
                              static_cast<uint64_t>(region.user_address), region.mmap_offset_bytes};
  out.field(Tag::region, RegionWire{wire, out.descriptor(fd), 0});
}

DeviceWire encode_device(const DeviceRecord& record, int connection, RecordWriter& out) {
  DeviceWire device;
  device.generation = record.generation;
  device.features = record.features;
  device.protocol_features = record.protocol_features;
  device.flags = (record.is_owned ? kIsOwned : 0) | (record.has_features ? kHasFeatures : 0) |
                 (record.is_writeback ? kIsWriteback : 0);
  device.status = record.status;
  device.connection = out.descriptor(connection);
  device.backend_request = out.descriptor(record.backend_request);
  return device;
}

void encode_messages(const DeviceRecord& record, const LentParts& lent, RecordWriter& out) {
  const ByteView input(record.input);
  const std::span<const UniqueFd> descriptors(record.input_descriptors);
  out.bytes_field(Tag::input, input.first(input.size() - std::min(input.size(), lent.unconsumed_bytes)));
  out.bytes_field(Tag::output, record.output);
  const size_t kept = descriptors.size() - std::min(descriptors.size(), lent.unconsumed_descriptors);
  for (const UniqueFd& fd : descriptors.first(kept)) {
    if (fd) out.field(Tag::input_descriptor, out.descriptor(fd));
  }
  for (const UniqueFd& fd : record.output_descriptors) out.field(Tag::output_descriptor, out.descriptor(fd));
}

}  // namespace

EncodedRecord encode_record(const DeviceRecord& record, const LentParts& lent) {
  RecordWriter out;
  out.append(bytes_of(HeadWire{}));
  out.field(Tag::device, encode_device(record, record.connection ? record.connection.get() : lent.connection, out));
  for (const RegionRecord& region : record.regions) encode_region(region.region, region.fd.get(), out);
  for (size_t i = 0; lent.memory != nullptr && i < lent.memory->region_count(); ++i) {
    encode_region(lent.memory->region(i), lent.memory->region_fd(i), out);
  }
  for (const RingRecord& ring : record.rings) out.field(Tag::ring, encode_ring(ring, out));
  const InflightRecord& inflight = record.inflight;
  out.field(Tag::inflight,
            InflightFieldWire{inflight.mmap_size_bytes, inflight.mmap_offset_bytes, out.descriptor(inflight.fd),
                              inflight.queues, inflight.queue_size, inflight.is_from_front_end ? 1u : 0u, 0});
  encode_messages(record, lent, out);
  out.field(Tag::progress, ProgressWire{record.serial, record.consume_bytes, record.is_settled ? kIsSettled : 0});
  if (record.is_broken) {
    out.bytes_field(Tag::broken, bytes_of_text(std::string_view(record.broken_reason).substr(0, kReasonMax)));
  }
  return out.take();
}

Result<DeviceRecord> decode_record(ByteView bytes, std::vector<UniqueFd> descriptors) {
  HeadWire head;
  if (!copy_out(bytes, 0, head) || head.magic != kMagic) return fail(ErrorCode::protocol, "this is no device record");
  if (head.version != DeviceRecord::kVersion) {
    return fail(ErrorCode::unsupported, "a device record of version {}, this engine reads version {}", head.version,
                DeviceRecord::kVersion);
  }
  RecordReader reader(std::move(descriptors));
  size_t offset = sizeof(head);
  while (offset < bytes.size()) {
    FieldWire field;
    if (!copy_out(bytes, offset, field)) return fail(ErrorCode::protocol, "a device record that ends inside a field");
    offset += sizeof(field);
    if (field.bytes > bytes.size() - offset) return fail(ErrorCode::protocol, "a field longer than its device record");
    if (auto read = reader.field(static_cast<Tag>(field.tag), bytes.subspan(offset, field.bytes)); !read) {
      return pass_on(read);
    }
    offset += field.bytes;
  }
  return reader.finish();
}

Result<DeviceRecord> duplicate_record(const DeviceRecord& record, const LentParts& lent) {
  const EncodedRecord encoded = encode_record(record, lent);
  std::vector<UniqueFd> copies;
  for (const int fd : encoded.descriptors) {
    UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail(ErrorCode::io, "cannot duplicate a descriptor of a device: {}", errno_text(errno));
    copies.push_back(std::move(copy));
  }
  return decode_record(encoded.bytes, std::move(copies));
}

}  // namespace laneway
