#include "loadgen/disk_client.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "loadgen/block_ledger.h"
#include "vhost_user/message.h"
#include "virtio/blk.h"

namespace laneway {

namespace {

struct SharedMemoryWire {
  MemoryTableWire table;
  MemoryRegionWire region;
};
static_assert(sizeof(SharedMemoryWire) == 40);

struct DiskConfigWire {
  ConfigWire header;
  std::array<uint8_t, DiskShape::kConfigBytes> bytes;
};
static_assert(sizeof(DiskConfigWire) == 12 + DiskShape::kConfigBytes);

uint64_t now_ns() { return MonotonicClock().now_ns(); }

}  // namespace

Result<DiskClient> DiskClient::attach(const std::string& path, const LoadOptions& options) {
  const uint64_t begin_ns = now_ns();
  auto channel = FrontEndChannel::connect(path, options.answer_limit_ns);
  if (!channel) return pass_on(channel);
  auto disk = attach(std::move(*channel), options);
  if (disk) disk->attach_ns_ = now_ns() - begin_ns;
  return disk;
}

Result<DiskClient> DiskClient::attach(FrontEndChannel channel, const LoadOptions& options) {
  DiskClient disk(std::move(channel), options);
  if (auto done = disk.negotiate(); !done) return pass_on(done);
  if (auto done = disk.read_config(); !done) return pass_on(done);
  if (auto done = disk.fit_load(); !done) return pass_on(done);
  return disk;
}

Result<void> DiskClient::negotiate() {
  if (auto told = channel_.tell(VhostUserRequest::set_owner, {}); !told) return told;
  auto offered = channel_.ask_number(VhostUserRequest::get_features);
  if (!offered) return pass_on(offered);
  offered_ = *offered;
  if ((offered_ & virtio_feature::kVersion1) == 0) {
    return fail(ErrorCode::unsupported, "{}: the disk knows only the virtio of before 1.0, which is not spoken here",
                name());
  }
  if ((offered_ & vhost_feature::kProtocolFeatures) == 0) {
    return fail(ErrorCode::unsupported, "{}: the disk's server knows no protocol features, so its size is unknown",
                name());
  }
  return agree_on_protocol();
}

Result<void> DiskClient::agree_on_protocol() {
  auto offered = channel_.ask_number(VhostUserRequest::get_protocol_features);
  if (!offered) return pass_on(offered);
  if ((*offered & vhost_protocol::kConfig) == 0) {
    return fail(ErrorCode::unsupported, "{}: the disk's server lets nobody read the config space (feature CONFIG)",
                name());
  }
  uint64_t wanted = vhost_protocol::kMultiQueue | vhost_protocol::kReplyAck | vhost_protocol::kConfig;
  if (options_.wants_inflight) wanted |= vhost_protocol::kInflight;
  protocol_features_ = *offered & wanted;
  if (auto told = channel_.tell_number(VhostUserRequest::set_protocol_features, protocol_features_); !told) return told;
  if ((protocol_features_ & vhost_protocol::kReplyAck) != 0) channel_.ask_for_acknowledgements();
  return {};
}

Result<void> DiskClient::read_config() {
  const DiskConfigWire question{{0, DiskShape::kConfigBytes, 0}, {}};
  auto answer = channel_.ask(VhostUserRequest::get_config, bytes_of(question), sizeof(question));
  if (!answer) return pass_on(answer);
  DiskConfigWire config;
  LW_ASSERT(copy_out(*answer, 0, config));
  auto shape = decode_disk_shape(config.bytes, offered_);
  if (!shape) return fail(ErrorCode::protocol, "{}: {}", name(), shape.error().message);
  shape_ = *shape;
  if ((protocol_features_ & vhost_protocol::kMultiQueue) == 0) {
    shape_.queues_max = 1;
    return {};
  }
  auto queues = channel_.ask_number(VhostUserRequest::get_queue_num);
  if (!queues) return pass_on(queues);
  shape_.queues_max = static_cast<uint32_t>(std::min<uint64_t>(shape_.queues_max, *queues));
  return {};
}

Result<void> DiskClient::fit_load() {
  if (shape_.is_read_only && options_.writes()) {
    return fail(ErrorCode::invalid_argument, "{}: the disk is read-only; read only (100 percent reads, no verifying)",
                name());
  }
  if (options_.block_bytes % shape_.block_bytes != 0) {
    return fail(ErrorCode::invalid_argument, "{}: the block size {} is no multiple of the disk's own, {}", name(),
                options_.block_bytes, shape_.block_bytes);
  }
  if (options_.queues > shape_.queues_max) {
    return fail(ErrorCode::invalid_argument, "{}: {} queues asked for, the disk has {}", name(), options_.queues,
                shape_.queues_max);
  }
  if (auto range = fit_range(); !range) return range;
  return plan_rings();
}

Result<void> DiskClient::fit_range() {
  const uint64_t offset = options_.offset_bytes;
  if (offset >= shape_.capacity_bytes || options_.span_bytes > shape_.capacity_bytes - offset) {
    return fail(ErrorCode::invalid_argument, "{}: {} bytes from {} do not fit the disk of {} bytes", name(),
                options_.span_bytes, offset, shape_.capacity_bytes);
  }
  const uint64_t span = options_.span_bytes == 0 ? shape_.capacity_bytes - offset : options_.span_bytes;
  block_count_ = span / options_.block_bytes;
  if (block_count_ < options_.queues) {
    return fail(ErrorCode::invalid_argument, "{}: {} bytes are less than a block of {} for each of {} queues", name(),
                span, options_.block_bytes, options_.queues);
  }
  if (options_.is_verifying && block_count_ > BlockLedger::kBlocksMax) {
    return fail(ErrorCode::invalid_argument, "{}: verifying remembers at most {} blocks, the range has {}: give a span",
                name(), BlockLedger::kBlocksMax, block_count_);
  }
  return {};
}

Result<void> DiskClient::plan_rings() {
  plan_.ring_size = static_cast<uint16_t>(options_.queue_size);
  plan_.block_bytes = options_.block_bytes;
  plan_.segment_bytes = options_.segment_bytes == 0 ? options_.block_bytes : options_.segment_bytes;
  if (shape_.segment_bytes_max >= 512) {
    plan_.segment_bytes = std::min<uint64_t>(plan_.segment_bytes, shape_.segment_bytes_max / 512 * 512);
  }
  if (shape_.segments_max != 0 && plan_.segments() > shape_.segments_max) {
    return fail(ErrorCode::invalid_argument, "{}: a block of {} bytes needs {} segments, the disk takes {}", name(),
                options_.block_bytes, plan_.segments(), shape_.segments_max);
  }
  const bool fits_directly = uint64_t{options_.depth} * plan_.descriptors() <= options_.queue_size;
  plan_.is_indirect =
      options_.layout == ChainLayout::indirect || (options_.layout == ChainLayout::automatic && !fits_directly);
  if (plan_.is_indirect && (offered_ & virtio_feature::kIndirectDescriptors) == 0) {
    return fail(ErrorCode::unsupported, "{}: the disk knows no indirect descriptors: use less depth or a larger ring",
                name());
  }
  if (plan_.is_indirect ? options_.depth > options_.queue_size : !fits_directly) {
    return fail(ErrorCode::invalid_argument, "{}: depth {} of {} descriptors each does not fit a ring of {} entries{}",
                name(), options_.depth, plan_.descriptors(), options_.queue_size,
                plan_.is_indirect ? "" : ": use indirect ones or a larger ring");
  }
  plan_.slots = static_cast<uint16_t>(options_.depth);
  features_ = offered_ & (virtio_feature::kVersion1 | vhost_feature::kProtocolFeatures | blk_feature::kSizeMax |
                          blk_feature::kSegMax | blk_feature::kReadOnly | blk_feature::kBlkSize | blk_feature::kFlush |
                          blk_feature::kMultiQueue);
  if (plan_.is_indirect) features_ |= virtio_feature::kIndirectDescriptors;
  if (options_.wants_event_idx) features_ |= offered_ & virtio_feature::kEventIndex;
  plan_.has_event_idx = (features_ & virtio_feature::kEventIndex) != 0;
  return {};
}

Result<void> DiskClient::start() {
  const uint64_t begin_ns = now_ns();
  if (auto told = channel_.tell_number(VhostUserRequest::set_features, features_); !told) return told;
  if (auto shared = share_memory(); !shared) return shared;
  if (auto shared = share_inflight(); !shared) return shared;
  for (uint32_t i = 0; i < options_.queues; ++i) {
    if (auto started = start_ring(i); !started) return started;
  }
  // An answer to anything says that all of the above was taken, also by servers that acknowledge nothing.
  auto answer = channel_.ask_number(VhostUserRequest::get_features);
  if (!answer) return pass_on(answer);
  attach_ns_ += now_ns() - begin_ns;
  return {};
}

Result<void> DiskClient::share_memory() {
  auto arena = GuestArena::create(std::max(plan_.room_bytes() * options_.queues, options_.memory_bytes));
  if (!arena) return pass_on(arena);
  arena_.emplace(std::move(*arena));
  const GuestRegion& region = arena_->region();
  const SharedMemoryWire table{{1, 0},
                               {static_cast<uint64_t>(region.guest_address), region.size_bytes,
                                static_cast<uint64_t>(region.user_address), region.mmap_offset_bytes}};
  const int fd = arena_->fd();
  const uint64_t begin_ns = now_ns();
  if (auto told = channel_.tell(VhostUserRequest::set_mem_table, bytes_of(table), {&fd, 1}); !told) return told;
  if ((protocol_features_ & vhost_protocol::kReplyAck) == 0) {
    // No acknowledgement: the answer to the next question says that the table was taken.
    auto answer = channel_.ask_number(VhostUserRequest::get_features);
    if (!answer) return pass_on(answer);
  }
  share_ns_ = now_ns() - begin_ns;
  return {};
}

Result<void> DiskClient::share_inflight() {
  if ((protocol_features_ & vhost_protocol::kInflight) == 0) return {};
  InflightWire wire;
  wire.queues = static_cast<uint16_t>(options_.queues);
  wire.queue_size = plan_.ring_size;
  auto answer = channel_.ask(VhostUserRequest::get_inflight_fd, bytes_of(wire), sizeof(wire));
  if (!answer) return pass_on(answer);
  LW_ASSERT(copy_out(*answer, 0, wire));
  inflight_ = channel_.take_descriptor();
  // A server that counts on no region says so with an empty one.
  if (wire.mmap_size_bytes == 0 || !inflight_) {
    inflight_.reset();
    return {};
  }
  const int fd = inflight_.get();
  return channel_.tell(VhostUserRequest::set_inflight_fd, bytes_of(wire), {&fd, 1});
}

Result<void> DiskClient::start_ring(uint32_t index) {
  Ring ring{DriverRing::lay_out(plan_, *arena_), UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
            UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))};
  if (!ring.kick || !ring.call) return fail(ErrorCode::io, "cannot make event descriptors: {}", errno_text(errno));
  const DriverRing::Addresses& at = ring.ring.addresses();
  const VringStateWire size{index, plan_.ring_size};
  const VringStateWire base{index, 0};
  const VringStateWire enable{index, 1};
  const VringAddressWire addresses{index,
                                   0,
                                   static_cast<uint64_t>(at.descriptors),
                                   static_cast<uint64_t>(at.used),
                                   static_cast<uint64_t>(at.available),
                                   0};
  const int kick = ring.kick.get();
  const int call = ring.call.get();
  const uint64_t with_descriptor = index;
  struct Step {
    VhostUserRequest request;
    ByteView payload;
    std::span<const int> descriptors;
  };
  const Step steps[] = {
      {VhostUserRequest::set_vring_num, bytes_of(size), {}},
      {VhostUserRequest::set_vring_base, bytes_of(base), {}},
      {VhostUserRequest::set_vring_addr, bytes_of(addresses), {}},
      {VhostUserRequest::set_vring_call, bytes_of(with_descriptor), {&call, 1}},
      {VhostUserRequest::set_vring_kick, bytes_of(with_descriptor), {&kick, 1}},
      {VhostUserRequest::set_vring_enable, bytes_of(enable), {}},
  };
  for (const Step& step : steps) {
    if (auto told = channel_.tell(step.request, step.payload, step.descriptors); !told) return told;
  }
  rings_.push_back(std::move(ring));
  return {};
}

Result<void> DiskClient::stop() {
  for (uint32_t i = 0; i < rings_.size(); ++i) {
    const VringStateWire question{i, 0};
    auto answer = channel_.ask(VhostUserRequest::get_vring_base, bytes_of(question), sizeof(question));
    if (!answer) return pass_on(answer);
  }
  return {};
}

}  // namespace laneway
