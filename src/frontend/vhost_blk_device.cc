// What the vhost-user machine asks of the device: configuration space, and rings that start, hold and stop.
#include <algorithm>
#include <bit>
#include <cstring>

#include "frontend/vhost_blk.h"

namespace laneway {

namespace {

constexpr uint32_t kSegMaxMost = 126;            // a ring of 128 with header and status
constexpr uint32_t kRangeSectorsMax = 1u << 22;  // 2 GiB, where the disk names no limit

uint32_t range_sectors_max(uint64_t bytes, uint32_t block_sectors) {
  const uint64_t sectors = bytes == 0 ? kRangeSectorsMax : std::min<uint64_t>(bytes / kBlkSectorBytes, INT32_MAX);
  return static_cast<uint32_t>(sectors / block_sectors * block_sectors);
}

}  // namespace

VhostBlk::VhostBlk(const Function& function, Owner& owner)
    : function_(function),
      owner_(owner),
      reactor_(function.home),
      machine_(*this, function.options.queues, function.options.cache == CacheMode::writeback),
      geometry_(function.disk.geometry()),
      backend_channel_(this, backend_channel_quiet) {
  backend_channel_.move_to(reactor_.kernel());
  backend_channel_.set_bytes(VhostUserMachine::config_change_message());
  settings_changed();
  seats_.resize(function.options.queues);
  for (uint32_t i = 0; i < seats_.size(); ++i) seats_[i].ring = std::make_unique<BlkRing>(i);
}

VhostBlk::~VhostBlk() {
  LW_ASSERT(is_detached());
  // Descriptors that were used with the kernel port go back through it.
  DeviceRecord& record = machine_.record();
  for (RingRecord& ring : record.rings) {
    for (UniqueFd* fd : {&ring.kick, &ring.call, &ring.error}) {
      if (*fd) close_descriptor(std::move(*fd));
    }
  }
  if (record.backend_request) close_descriptor(std::move(record.backend_request));
}

Result<void> VhostBlk::restore(DeviceRecord record) {
  if (auto restored = machine_.restore(std::move(record)); !restored) return restored;
  settings_changed();
  is_restoring_ = true;
  for (uint32_t i = 0; i < seats_.size(); ++i) {
    if (machine_.is_ready(i)) start_ring(i);
  }
  is_restoring_ = false;
  // The disk may have changed while nobody was there to tell.
  is_announcing_ = true;
  announce_geometry();
  return {};
}

void VhostBlk::record_kept() {
  for (Seat& seat : seats_) send_off(seat);
}

uint64_t VhostBlk::offered_features() const {
  using namespace blk_feature;
  uint64_t features = virtio_feature::kVersion1 | virtio_feature::kIndirectDescriptors | virtio_feature::kEventIndex |
                      kSizeMax | kSegMax | kBlkSize | kTopology | kFlush | kConfigWce;
  if (seats_.size() > 1) features |= kMultiQueue;
  if (function_.options.is_read_only || geometry_.is_read_only) return features | kReadOnly;
  if (geometry_.can_discard) features |= kDiscard;
  if (geometry_.can_write_zeroes) features |= kWriteZeroes;
  return features;
}

void VhostBlk::read_config(ByteSpan out) const {
  const uint32_t block_bytes = geometry_.block_bytes;
  const uint32_t block_sectors = block_bytes / kBlkSectorBytes;
  const uint32_t blocks_per_physical = std::max(1u, geometry_.physical_block_bytes / block_bytes);
  BlkConfigWire config;
  config.capacity_sectors = geometry_.capacity_bytes / kBlkSectorBytes;
  config.size_max = kBlkSizeMaxBytes;
  config.seg_max = std::min(function_.options.queue_size_max - 2, kSegMaxMost);
  config.blk_size = block_bytes;
  config.physical_block_exponent = static_cast<uint8_t>(std::bit_width(blocks_per_physical) - 1);
  config.min_io_blocks = static_cast<uint16_t>(blocks_per_physical);
  config.optimal_io_blocks = geometry_.optimal_io_bytes / block_bytes;
  config.writeback = machine_.record().is_writeback ? 1 : 0;
  config.queues = static_cast<uint16_t>(seats_.size());
  if (geometry_.can_discard) {
    config.max_discard_sectors = range_sectors_max(geometry_.discard_max_bytes, block_sectors);
    config.max_discard_segments = 1;
    config.discard_sector_alignment = std::max(block_bytes, geometry_.discard_alignment_bytes) / kBlkSectorBytes;
  }
  if (geometry_.can_write_zeroes) {
    config.max_write_zeroes_sectors = range_sectors_max(geometry_.write_zeroes_max_bytes, block_sectors);
    config.max_write_zeroes_segments = 1;
    config.write_zeroes_may_unmap = geometry_.can_discard ? 1 : 0;
  }
  const ByteView bytes = bytes_of(config);
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
}

void VhostBlk::write_config(uint32_t offset, ByteView bytes) {
  if (offset > kBlkConfigWritebackOffset || bytes.size() <= kBlkConfigWritebackOffset - offset) return;
  if ((machine_.record().features & blk_feature::kConfigWce) == 0) return;
  machine_.record().is_writeback = bytes[kBlkConfigWritebackOffset - offset] != 0;
  settings_changed();
}

void VhostBlk::settings_changed() {
  const uint64_t features = machine_.record().features;
  limits_.capacity_sectors = geometry_.capacity_bytes / kBlkSectorBytes;
  limits_.block_sectors = geometry_.block_bytes / kBlkSectorBytes;
  limits_.is_read_only = function_.options.is_read_only || geometry_.is_read_only;
  limits_.can_discard = (features & blk_feature::kDiscard) != 0 && geometry_.can_discard;
  limits_.can_write_zeroes = (features & blk_feature::kWriteZeroes) != 0 && geometry_.can_write_zeroes;
  limits_.discard_sectors_max = range_sectors_max(geometry_.discard_max_bytes, limits_.block_sectors);
  limits_.write_zeroes_sectors_max = range_sectors_max(geometry_.write_zeroes_max_bytes, limits_.block_sectors);
  // virtio 1.2, 5.2.6.2: the writeback field rules where it was negotiated; a driver that cannot flush needs
  // writethrough.
  const bool has_wce = (features & blk_feature::kConfigWce) != 0;
  const bool can_flush = (features & blk_feature::kFlush) != 0;
  limits_.is_writethrough =
      has_wce ? !machine_.record().is_writeback : !can_flush || function_.options.cache == CacheMode::writethrough;
  tell_lanes();
}

void VhostBlk::tell_lanes() {
  for (const auto& post : posts_) post->set(settings());
}

bool VhostBlk::are_settings_in_force() const {
  return std::all_of(posts_.begin(), posts_.end(), [](const auto& post) { return post->is_settled(); });
}

void VhostBlk::reset() {
  machine_.record().is_broken = false;
  machine_.record().broken_reason.clear();
  tell_lanes();
}

void VhostBlk::start_ring(uint32_t ring) {
  if (auto started = try_start_ring(ring); !started) break_device(seats_[ring].ring.get(), started.error().message);
}

Result<void> VhostBlk::try_start_ring(uint32_t index) {
  Seat& seat = seats_[index];
  BlkRing& ring = *seat.ring;
  if (machine_.has_lost_memory()) return fail(ErrorCode::invalid_argument, "{}", kLostMemory);
  const auto found = machine_.find_ring(index);
  if (!found) return fail(ErrorCode::invalid_argument, "{}", describe(RingFault::bad_setup));
  auto record = machine_.find_inflight_record(index);
  if (!record) return pass_on(record);
  const DeviceRecord& state = machine_.record();
  ring.memory() = machine_.memory().share();
  SplitQueue::Setup setup;
  setup.ring = *found;
  setup.record = *record;
  setup.memory = &ring.memory();
  setup.has_indirect = (state.features & virtio_feature::kIndirectDescriptors) != 0;
  setup.has_event_index = (state.features & virtio_feature::kEventIndex) != 0;
  // A front-end that keeps the record may have lost track of the index while we were away; the record and the ring have
  // not.
  if (!is_restoring_ && !state.inflight.is_from_front_end) setup.base = state.rings[index].base;
  if (const RingFault fault = ring.queue().start(setup); fault != RingFault::none) {
    return fail(ErrorCode::invalid_argument, "{}", describe(fault));
  }
  ++running_count_;
  ring.is_held = ring.is_cut_off = is_broken();
  send_off(seat);
  return {};
}

bool VhostBlk::hold_ring(uint32_t index) {
  Seat& seat = seats_[index];
  seat.is_held = true;
  if (!seat.is_home) {
    recall(seat);
    return false;
  }
  seat.ring->is_held = true;
  if (seat.ring->is_drained()) return true;
  // What an earlier owner of the ring left unfinished can only be finished by its lane.
  send_off(seat);
  return false;
}

uint16_t VhostBlk::stop_ring(uint32_t index) {
  Seat& seat = seats_[index];
  const uint16_t base = seat.ring->queue().stop();
  seat.ring->memory().clear();
  seat.ring->is_cut_off = false;
  if (--running_count_ == 0) reset();
  return base;
}

void VhostBlk::release_rings(bool has_memory_changed) {
  for (Seat& seat : seats_) {
    seat.is_held = false;
    if (!seat.is_home) continue;
    if (has_memory_changed && seat.ring->is_running()) find_memory_again(seat);
    seat.ring->is_held = is_broken();
    send_off(seat);
  }
}

void VhostBlk::find_memory_again(Seat& seat) {
  BlkRing& ring = *seat.ring;
  const auto found = machine_.find_ring(ring.index());
  if (found) {
    ring.memory() = machine_.memory().share();
    ring.queue().relocate(*found);
    return;
  }
  // Its memory is gone: the ring must not be touched again.
  ring.queue().lose();
  ring.memory().clear();
  --running_count_;
  break_device(&ring, "its memory was removed while it ran");
}

// The views of rings that are with a lane are its own: these rings come home first.
bool VhostBlk::may_add_memory() {
  bool is_everybody_home = true;
  for (Seat& seat : seats_) {
    if (seat.is_home) continue;
    seat.is_held = true;
    recall(seat);
    is_everybody_home = false;
  }
  return is_everybody_home;
}

bool VhostBlk::quiesce_descriptors(uint32_t index) {
  Seat& seat = seats_[index];
  if (seat.is_home || seat.is_quiet) return true;
  if (!seat.is_leaving && !seat.is_quiet_asked) {
    seat.is_quiet_asked = true;
    seat.post->quiet(*seat.ring);
  }
  return false;
}

void VhostBlk::descriptors_changed(uint32_t index) {
  Seat& seat = seats_[index];
  seat.ring->descriptors = descriptors_of(machine_.record().rings[index]);
  if (seat.is_home) return;
  seat.is_quiet = seat.is_quiet_asked = false;
  // One that was called home takes them up where it goes next; its lane may have let go of it already.
  if (!seat.is_leaving) seat.post->renew(*seat.ring);
}

void VhostBlk::close_descriptor(UniqueFd fd) { reactor_.kernel().close(std::move(fd)); }

void VhostBlk::message_refused(const Error& error, bool stops_device) {
  if (stops_device) {
    break_device(nullptr, error.message);
    return;
  }
  uint64_t held_back = 0;
  if (function_.log_gate.admit(reactor_.now_ns(), held_back)) {
    log_warning("function {}: refused its front-end's request: {}", function_.options.name, error.message);
  }
}

void VhostBlk::geometry_changed() {
  geometry_ = function_.disk.geometry();
  settings_changed();
  is_announcing_ = true;
  announce_geometry();
}

// Not before all lanes know it: a guest that was told may use all of it.
void VhostBlk::announce_geometry() {
  if (!is_announcing_ || !are_settings_in_force()) return;
  is_announcing_ = false;
  const DeviceRecord& record = machine_.record();
  if (is_detaching_ || !machine_.has_protocol_feature(vhost_protocol::kBackendRequest)) return;
  backend_channel_.signal(record.backend_request.get());
}

void VhostBlk::break_device(const BlkRing* ring, std::string_view reason) {
  for (Seat& seat : seats_) {
    if (seat.is_home) seat.ring->is_held = seat.ring->is_cut_off = true;
  }
  DeviceRecord& record = machine_.record();
  if (record.is_broken) return;
  record.is_broken = true;
  record.broken_reason = ring == nullptr ? std::string(reason) : fmt::format("ring {}: {}", ring->index(), reason);
  constexpr uint8_t kNeedsReset = 0x40;
  if (record.status != 0) record.status |= kNeedsReset;
  function_.stats.control().ring_errors.add(1);
  tell_lanes();
  owner_.record_changed();
  uint64_t held_back = 0;
  if (!function_.log_gate.admit(reactor_.now_ns(), held_back)) return;
  log_warning("function {}: its guest or front-end broke a rule of virtio ({}); the device is stopped until a reset{}",
              function_.options.name, broken_reason(),
              held_back > 0 ? fmt::format(" ({} earlier lines held back)", held_back) : std::string());
}

}  // namespace laneway
