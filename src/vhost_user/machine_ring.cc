// Messages about one ring. A ring runs while it is set up, started (it has its kick descriptor) and enabled; it stops,
// drained, at GET_VRING_BASE or when it is disabled, which is all that user-mode Linux sends.
#include <bit>

#include "vhost_user/machine.h"

namespace laneway {

Result<uint32_t> VhostUserMachine::ring_index(uint64_t number) const {
  if (number < queues_) return static_cast<uint32_t>(number);
  return fail(ErrorCode::protocol, "{} for ring {}, there are {}", request_name(header_.request), number, queues_);
}

bool VhostUserMachine::is_ready(uint32_t ring) const {
  const RingRecord& state = record_.rings[ring];
  const bool is_enabled = state.is_enabled || (record_.features & vhost_feature::kProtocolFeatures) == 0;
  return record_.has_features && state.size > 0 && state.has_addresses && state.is_started && is_enabled;
}

void VhostUserMachine::start_where_ready(uint32_t ring) {
  // Rings of a guest whose memory is not there yet wait for it.
  if (is_ready(ring) && !device_.is_running(ring) && memory_.region_count() > 0) device_.start_ring(ring);
}

void VhostUserMachine::start_all_ready() {
  for (uint32_t ring = 0; ring < queues_; ++ring) start_where_ready(ring);
}

void VhostUserMachine::stop(uint32_t ring) {
  if (device_.is_running(ring)) record_.rings[ring].base = device_.stop_ring(ring);
}

std::optional<Vring> VhostUserMachine::find_ring(uint32_t ring) const {
  const RingRecord& state = record_.rings[ring];
  const auto descriptors = memory_.view(state.descriptors, descriptor_table_bytes(state.size));
  const auto available = memory_.view(state.available, available_ring_bytes(state.size));
  const auto used = memory_.view(state.used, used_ring_bytes(state.size));
  if (!descriptors || !available || !used) return std::nullopt;
  return Vring::at(state.size, *descriptors, *available, *used);
}

Result<VhostUserMachine::Step> VhostUserMachine::set_vring_num() {
  const auto wire = payload_as<VringStateWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  const auto ring = ring_index(wire->ring);
  if (!ring) return tl::unexpected<Error>(ring.error());
  if (device_.is_running(*ring)) return fail(ErrorCode::protocol, "SET_VRING_NUM while ring {} runs", *ring);
  if (wire->number > kQueueSizeMax || !std::has_single_bit(wire->number)) {
    return fail(ErrorCode::invalid_argument, "ring {} of {} entries; a power of two up to {} is possible", *ring,
                wire->number, kQueueSizeMax);
  }
  record_.rings[*ring].size = static_cast<uint16_t>(wire->number);
  start_where_ready(*ring);
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_vring_addr() {
  const auto wire = payload_as<VringAddressWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  const auto ring = ring_index(wire->ring);
  if (!ring) return tl::unexpected<Error>(ring.error());
  RingRecord& state = record_.rings[*ring];
  const bool is_same = state.has_addresses && state.descriptors == UserAddr{wire->descriptors} &&
                       state.available == UserAddr{wire->available} && state.used == UserAddr{wire->used};
  if (device_.is_running(*ring) && !is_same) {
    return fail(ErrorCode::protocol, "SET_VRING_ADDR moves ring {} while it runs", *ring);
  }
  state.descriptors = UserAddr{wire->descriptors};
  state.available = UserAddr{wire->available};
  state.used = UserAddr{wire->used};
  state.flags = wire->flags;
  state.log_guest_address = wire->log;
  state.has_addresses = true;
  if (state.size > 0 && memory_.region_count() > 0 && !find_ring(*ring)) {
    // Of one that runs its memory went away: it goes on until it is stopped, and so would a successor's.
    state.has_addresses = device_.is_running(*ring);
    return fail(ErrorCode::invalid_argument, "ring {} is not inside the guest's memory, or misaligned", *ring);
  }
  start_where_ready(*ring);
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_vring_base() {
  const auto wire = payload_as<VringStateWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  const auto ring = ring_index(wire->ring);
  if (!ring) return tl::unexpected<Error>(ring.error());
  if (device_.is_running(*ring)) return fail(ErrorCode::protocol, "SET_VRING_BASE while ring {} runs", *ring);
  if (wire->number > UINT16_MAX) {
    return fail(ErrorCode::invalid_argument, "SET_VRING_BASE of ring {} with {}", *ring, wire->number);
  }
  record_.rings[*ring].base = static_cast<uint16_t>(wire->number);
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::get_vring_base() {
  const auto wire = payload_as<VringStateWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  const auto ring = ring_index(wire->ring);
  if (!ring) return tl::unexpected<Error>(ring.error());
  // Drained, and nobody reads its kick descriptor any more. Both begin at once.
  const bool is_idle = device_.hold_ring(*ring);
  const bool is_quiet = device_.quiesce_descriptors(*ring);
  if (!is_idle || !is_quiet) return Step::wait;
  stop(*ring);
  RingRecord& state = record_.rings[*ring];
  state.is_started = false;
  if (state.kick) device_.close_descriptor(std::move(state.kick));
  device_.release_rings(false);
  const VringStateWire out{*ring, state.base};
  answer(bytes_of(out));
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_vring_descriptor(RingDescriptor which) {
  const auto number = payload_as<uint64_t>();
  if (!number) return tl::unexpected<Error>(number.error());
  const auto ring = ring_index(*number & kVringIndexMask);
  if (!ring) return tl::unexpected<Error>(ring.error());
  if (!device_.quiesce_descriptors(*ring)) return Step::wait;
  UniqueFd fd;
  if ((*number & kVringNoDescriptor) == 0) {
    auto taken = take_descriptor();
    if (!taken) return pass_on(taken);
    fd = std::move(*taken);
  }
  RingRecord& state = record_.rings[*ring];
  UniqueFd& place = which == RingDescriptor::kick   ? state.kick
                    : which == RingDescriptor::call ? state.call
                                                    : state.error;
  if (place) device_.close_descriptor(std::move(place));
  place = std::move(fd);
  if (which == RingDescriptor::kick) state.is_started = true;
  device_.descriptors_changed(*ring);
  start_where_ready(*ring);
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_vring_enable() {
  const auto wire = payload_as<VringStateWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  const auto ring = ring_index(wire->ring);
  if (!ring) return tl::unexpected<Error>(ring.error());
  if (wire->number > 1) return fail(ErrorCode::protocol, "SET_VRING_ENABLE of ring {} with {}", *ring, wire->number);
  if (wire->number == 0) {
    if (!device_.hold_ring(*ring)) return Step::wait;
    stop(*ring);
    device_.release_rings(false);
  }
  record_.rings[*ring].is_enabled = wire->number == 1;
  start_where_ready(*ring);
  return Step::done;
}

}  // namespace laneway
