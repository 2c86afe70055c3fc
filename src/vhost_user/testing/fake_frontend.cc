#include "vhost_user/testing/fake_frontend.h"

#include "base/check.h"
#include "vhost_user/message.h"

namespace laneway {

namespace {

void append(std::vector<uint8_t>& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

uint32_t number_of(VhostUserRequest request) { return static_cast<uint32_t>(request); }

FakeMessage state_message(VhostUserRequest request, uint32_t ring, uint32_t number, uint32_t flags = 0) {
  const VringStateWire wire{ring, number};
  return FakeFrontend::message(number_of(request), bytes_of(wire), flags);
}

FakeMessage descriptor_message(VhostUserRequest request, uint32_t ring, UniqueFd fd) {
  FakeMessage message = FakeFrontend::number(number_of(request), ring | (fd ? 0 : kVringNoDescriptor));
  if (fd) message.descriptors.push_back(std::move(fd));
  return message;
}

MemoryRegionWire region_wire(const GuestRegion& region) {
  return {static_cast<uint64_t>(region.guest_address), region.size_bytes, static_cast<uint64_t>(region.user_address),
          region.mmap_offset_bytes};
}

FakeMessage region_message(VhostUserRequest request, const GuestRegion& region, UniqueFd fd, uint32_t flags) {
  const SingleRegionWire wire{0, region_wire(region)};
  FakeMessage message = FakeFrontend::message(number_of(request), bytes_of(wire), flags);
  if (fd) message.descriptors.push_back(std::move(fd));
  return message;
}

}  // namespace

FakeMessage FakeFrontend::message(uint32_t request, ByteView payload, uint32_t flags) {
  const MessageHeaderWire header{request, kMessageVersion | flags, static_cast<uint32_t>(payload.size())};
  FakeMessage message;
  append(message.bytes, bytes_of(header));
  append(message.bytes, payload);
  return message;
}

FakeMessage FakeFrontend::number(uint32_t request, uint64_t value, uint32_t flags) {
  return message(request, bytes_of(value), flags);
}

FakeMessage FakeFrontend::get_features() { return message(number_of(VhostUserRequest::get_features)); }
FakeMessage FakeFrontend::set_features(uint64_t features) {
  return number(number_of(VhostUserRequest::set_features), features);
}
FakeMessage FakeFrontend::set_owner() { return message(number_of(VhostUserRequest::set_owner)); }
FakeMessage FakeFrontend::get_protocol_features() {
  return message(number_of(VhostUserRequest::get_protocol_features));
}
FakeMessage FakeFrontend::set_protocol_features(uint64_t features) {
  return number(number_of(VhostUserRequest::set_protocol_features), features);
}
FakeMessage FakeFrontend::get_queue_num() { return message(number_of(VhostUserRequest::get_queue_num)); }

FakeMessage FakeFrontend::set_mem_table(const std::vector<GuestRegion>& regions, std::vector<UniqueFd> fds,
                                        uint32_t flags) {
  std::vector<uint8_t> payload;
  append(payload, bytes_of(MemoryTableWire{static_cast<uint32_t>(regions.size()), 0}));
  for (const GuestRegion& region : regions) append(payload, bytes_of(region_wire(region)));
  FakeMessage out = message(number_of(VhostUserRequest::set_mem_table), payload, flags);
  out.descriptors = std::move(fds);
  return out;
}

FakeMessage FakeFrontend::add_mem_reg(const GuestRegion& region, UniqueFd fd, uint32_t flags) {
  return region_message(VhostUserRequest::add_mem_reg, region, std::move(fd), flags);
}
FakeMessage FakeFrontend::rem_mem_reg(const GuestRegion& region, UniqueFd fd, uint32_t flags) {
  return region_message(VhostUserRequest::rem_mem_reg, region, std::move(fd), flags);
}
FakeMessage FakeFrontend::set_vring_num(uint32_t ring, uint32_t size) {
  return state_message(VhostUserRequest::set_vring_num, ring, size);
}
FakeMessage FakeFrontend::set_vring_base(uint32_t ring, uint32_t base) {
  return state_message(VhostUserRequest::set_vring_base, ring, base);
}

FakeMessage FakeFrontend::set_vring_addr(uint32_t ring, const FakeRingAddresses& addresses, uint32_t flags) {
  const VringAddressWire wire{ring,
                              addresses.flags,
                              static_cast<uint64_t>(addresses.descriptors),
                              static_cast<uint64_t>(addresses.used),
                              static_cast<uint64_t>(addresses.available),
                              0};
  return message(number_of(VhostUserRequest::set_vring_addr), bytes_of(wire), flags);
}

FakeMessage FakeFrontend::set_vring_kick(uint32_t ring, UniqueFd fd) {
  return descriptor_message(VhostUserRequest::set_vring_kick, ring, std::move(fd));
}
FakeMessage FakeFrontend::set_vring_call(uint32_t ring, UniqueFd fd) {
  return descriptor_message(VhostUserRequest::set_vring_call, ring, std::move(fd));
}
FakeMessage FakeFrontend::set_vring_err(uint32_t ring, UniqueFd fd) {
  return descriptor_message(VhostUserRequest::set_vring_err, ring, std::move(fd));
}
FakeMessage FakeFrontend::set_vring_enable(uint32_t ring, bool is_enabled, uint32_t flags) {
  return state_message(VhostUserRequest::set_vring_enable, ring, is_enabled ? 1 : 0, flags);
}
FakeMessage FakeFrontend::get_vring_base(uint32_t ring) {
  return state_message(VhostUserRequest::get_vring_base, ring, 0);
}

FakeMessage FakeFrontend::get_config(uint32_t offset, uint32_t bytes) {
  std::vector<uint8_t> payload;
  append(payload, bytes_of(ConfigWire{offset, bytes, 0}));
  payload.resize(payload.size() + bytes);
  return message(number_of(VhostUserRequest::get_config), payload);
}

FakeMessage FakeFrontend::set_config(uint32_t offset, ByteView bytes, uint32_t flags) {
  std::vector<uint8_t> payload;
  append(payload, bytes_of(ConfigWire{offset, static_cast<uint32_t>(bytes.size()), 0}));
  append(payload, bytes);
  return message(number_of(VhostUserRequest::set_config), payload, flags);
}

FakeMessage FakeFrontend::get_inflight_fd(uint16_t queues, uint16_t queue_size) {
  return message(number_of(VhostUserRequest::get_inflight_fd), bytes_of(InflightWire{0, 0, queues, queue_size, 0}));
}

FakeMessage FakeFrontend::set_inflight_fd(uint64_t mmap_bytes, uint64_t offset, uint16_t queues, uint16_t queue_size,
                                          UniqueFd fd) {
  FakeMessage out = message(number_of(VhostUserRequest::set_inflight_fd),
                            bytes_of(InflightWire{mmap_bytes, offset, queues, queue_size, 0}));
  if (fd) out.descriptors.push_back(std::move(fd));
  return out;
}

FakeMessage FakeFrontend::set_backend_req_fd(UniqueFd fd) {
  FakeMessage out = message(number_of(VhostUserRequest::set_backend_req_fd));
  if (fd) out.descriptors.push_back(std::move(fd));
  return out;
}

void FakeFrontend::received(ByteView bytes, std::vector<UniqueFd> descriptors) {
  append(partial_, bytes);
  for (UniqueFd& fd : descriptors) partial_descriptors_.push_back(std::move(fd));
  MessageHeaderWire header;
  while (copy_out(partial_, 0, header) && partial_.size() >= sizeof(header) + header.payload_bytes) {
    const auto end = partial_.begin() + static_cast<std::ptrdiff_t>(sizeof(header) + header.payload_bytes);
    FakeMessage message;
    message.bytes.assign(partial_.begin(), end);
    message.descriptors = std::move(partial_descriptors_);
    partial_descriptors_.clear();
    partial_.erase(partial_.begin(), end);
    answers_.push_back(std::move(message));
  }
}

std::optional<FakeMessage> FakeFrontend::take_answer() {
  if (answers_.empty()) return std::nullopt;
  FakeMessage answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

}  // namespace laneway
