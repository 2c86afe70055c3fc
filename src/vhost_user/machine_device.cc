// Messages about the device as a whole: features, configuration space, status, in-flight region, reset.
#include <array>

#include "vhost_user/machine.h"

namespace laneway {

Result<VhostUserMachine::Step> VhostUserMachine::set_features() {
  const auto features = payload_as<uint64_t>();
  if (!features) return tl::unexpected<Error>(features.error());
  const uint64_t offered = device_.offered_features() | vhost_feature::kProtocolFeatures;
  if ((*features & ~offered) != 0) {
    return fail(ErrorCode::invalid_argument, "SET_FEATURES with {:#x}, which was not offered", *features & ~offered);
  }
  // A ring that runs was enabled, though perhaps only for want of protocol features, which may be there now.
  for (uint32_t ring = 0; ring < queues_; ++ring) record_.rings[ring].is_enabled |= device_.is_running(ring);
  record_.features = *features;
  record_.has_features = true;
  device_.settings_changed();
  // Without protocol features every ring is enabled from the start.
  start_all_ready();
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_protocol_features() {
  const auto features = payload_as<uint64_t>();
  if (!features) return tl::unexpected<Error>(features.error());
  if ((*features & ~kOfferedProtocolFeatures) != 0) {
    return fail(ErrorCode::invalid_argument, "SET_PROTOCOL_FEATURES with {:#x}, which was not offered",
                *features & ~kOfferedProtocolFeatures);
  }
  record_.protocol_features = *features;
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::get_config() {
  ConfigWire wire;
  const ByteView bytes = payload();
  if (!copy_out(bytes, 0, wire)) return fail(ErrorCode::protocol, "GET_CONFIG with {} bytes of payload", bytes.size());
  const bool is_inside = wire.offset <= kConfigPayloadMax && wire.size_bytes <= kConfigPayloadMax - wire.offset;
  if (!is_inside || bytes.size() != sizeof(ConfigWire) + wire.size_bytes) {
    answer({});  // how a failure of this request is answered
    return Step::done;
  }
  std::array<uint8_t, kConfigPayloadMax> config{};
  device_.read_config(config);
  std::array<uint8_t, sizeof(ConfigWire) + kConfigPayloadMax> out{};
  std::memcpy(out.data(), &wire, sizeof(wire));
  std::memcpy(out.data() + sizeof(wire), config.data() + wire.offset, wire.size_bytes);
  answer(ByteView(out).first(sizeof(wire) + wire.size_bytes));
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_config() {
  ConfigWire wire;
  const ByteView bytes = payload();
  if (!copy_out(bytes, 0, wire) || bytes.size() != sizeof(ConfigWire) + uint64_t{wire.size_bytes}) {
    return fail(ErrorCode::protocol, "SET_CONFIG with {} bytes of payload", bytes.size());
  }
  if (wire.offset > kConfigPayloadMax || wire.size_bytes > kConfigPayloadMax - wire.offset) {
    return fail(ErrorCode::invalid_argument, "SET_CONFIG of {} bytes at {}, beyond the configuration space",
                wire.size_bytes, wire.offset);
  }
  device_.write_config(wire.offset, bytes.subspan(sizeof(ConfigWire)));
  return device_.are_settings_in_force() ? Step::done : Step::wait;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_backend_request_fd() {
  if (!device_.quiesce_backend_channel()) return Step::wait;
  auto fd = take_descriptor();
  if (!fd) return pass_on(fd);
  if (record_.backend_request) device_.close_descriptor(std::move(record_.backend_request));
  record_.backend_request = std::move(*fd);
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::get_inflight_fd() {
  InflightWire wire{};
  const ByteView bytes = payload();
  if (bytes.size() != sizeof(wire) && bytes.size() != kInflightWireShort) {
    return fail(ErrorCode::protocol, "GET_INFLIGHT_FD with {} bytes of payload", bytes.size());
  }
  std::memcpy(&wire, bytes.data(), bytes.size());
  if (wire.queues == 0 || wire.queues > queues_ || wire.queue_size == 0 || wire.queue_size > kQueueSizeMax) {
    return fail(ErrorCode::protocol, "GET_INFLIGHT_FD for {} queues of {} entries, there are {} of at most {}",
                wire.queues, wire.queue_size, queues_, kQueueSizeMax);
  }
  // Room for the largest ring, whatever was asked for: QEMU 10 asks for its default of 128 entries, and its firmware
  // then uses rings of 256.
  wire.mmap_size_bytes = InflightRegion::bytes_for(wire.queues, kQueueSizeMax);
  wire.mmap_offset_bytes = 0;
  auto fd = InflightRegion::create_file(wire.mmap_size_bytes);
  if (!fd) return fail(ErrorCode::protocol, "{}", fd.error().message);  // an answer without it would be worse
  answer(bytes_of(wire).first(bytes.size()));
  record_.output_descriptors.push_back(std::move(*fd));
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_inflight_fd() {
  InflightWire wire{};
  const ByteView bytes = payload();
  if (bytes.size() != sizeof(wire) && bytes.size() != kInflightWireShort) {
    return fail(ErrorCode::protocol, "SET_INFLIGHT_FD with {} bytes of payload", bytes.size());
  }
  std::memcpy(&wire, bytes.data(), bytes.size());
  for (uint32_t ring = 0; ring < queues_; ++ring) {
    if (device_.is_running(ring)) return fail(ErrorCode::protocol, "SET_INFLIGHT_FD while ring {} runs", ring);
  }
  auto fd = take_descriptor();
  if (!fd) return pass_on(fd);
  const bool is_ours = wire.mmap_size_bytes >= InflightRegion::bytes_for(wire.queues, kQueueSizeMax);
  const uint16_t queue_size = is_ours ? kQueueSizeMax : wire.queue_size;  // as get_inflight_fd() made it
  auto mapped = InflightRegion::map(fd->get(), {wire.mmap_size_bytes, wire.mmap_offset_bytes, wire.queues, queue_size});
  if (!mapped) return pass_on(mapped);
  inflight_ = std::move(*mapped);
  record_.inflight =
      InflightRecord{std::move(*fd), true, wire.mmap_size_bytes, wire.mmap_offset_bytes, wire.queues, queue_size};
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_status() {
  const auto status = payload_as<uint64_t>();
  if (!status) return tl::unexpected<Error>(status.error());
  if (*status > 0xff) return fail(ErrorCode::protocol, "SET_STATUS with {:#x}", *status);
  // 0 asks for a reset, but QEMU 7.2 sends it before GET_VRING_BASE when a machine stops: rings keep their indices
  // until then.
  record_.status = static_cast<uint8_t>(*status);
  device_.settings_changed();
  return Step::done;
}

// Deprecated; a back-end may ignore it or disable all rings, which is what we do.
Result<VhostUserMachine::Step> VhostUserMachine::reset_owner() {
  if (!hold_all_rings()) return Step::wait;
  for (uint32_t ring = 0; ring < queues_; ++ring) {
    stop(ring);
    record_.rings[ring].is_enabled = false;
  }
  device_.release_rings(false);
  record_.is_owned = false;
  return Step::done;
}

// All state but ownership and the memory map, which the front-end believes to be still there.
Result<VhostUserMachine::Step> VhostUserMachine::reset_device() {
  if (!hold_all_rings()) return Step::wait;
  bool is_quiet = true;
  for (uint32_t ring = 0; ring < queues_; ++ring) is_quiet &= device_.quiesce_descriptors(ring);
  if (!is_quiet) return Step::wait;
  for (uint32_t ring = 0; ring < queues_; ++ring) {
    stop(ring);
    RingRecord& state = record_.rings[ring];
    for (UniqueFd* fd : {&state.kick, &state.call, &state.error}) {
      if (*fd) device_.close_descriptor(std::move(*fd));
    }
    state = RingRecord{};
  }
  device_.release_rings(false);
  record_.features = 0;
  record_.has_features = false;
  record_.status = 0;
  record_.is_writeback = is_writeback_at_reset_;
  device_.settings_changed();
  device_.reset();
  return Step::done;
}

Result<InflightRecordView> VhostUserMachine::find_inflight_record(uint32_t ring) {
  if (!inflight_.is_mapped()) {
    const auto queues = static_cast<uint16_t>(queues_);
    const uint64_t bytes = InflightRegion::bytes_for(queues, kQueueSizeMax);
    auto fd = InflightRegion::create_file(bytes);
    if (!fd) return pass_on(fd);
    auto mapped = InflightRegion::map(fd->get(), {bytes, 0, queues, kQueueSizeMax});
    if (!mapped) return pass_on(mapped);
    inflight_ = std::move(*mapped);
    record_.inflight = InflightRecord{std::move(*fd), false, bytes, 0, queues, kQueueSizeMax};
  }
  const auto record = inflight_.record(static_cast<uint16_t>(ring));
  if (!record || record->entries() < record_.rings[ring].size) {
    return fail(ErrorCode::invalid_argument, "the in-flight region has no room for ring {} of {} entries", ring,
                record_.rings[ring].size);
  }
  return *record;
}

}  // namespace laneway
