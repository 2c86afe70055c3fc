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

VhostBlk::VhostBlk(const Function& function, Owner& owner, std::unique_ptr<BlockQueue> queue)
    : function_(function),
      owner_(owner),
      reactor_(function.pool.reactor()),
      queue_(std::move(queue)),
      machine_(*this, function.options.queues, function.options.cache == CacheMode::writeback),
      geometry_(function.disk.geometry()),
      backend_channel_(reactor_.kernel(), this, backend_channel_quiet),
      turn_(function.stats.cpu_ns) {
  BlkRing::Owner& ring_owner = *this;
  for (uint32_t i = 0; i < function.options.queues; ++i) {
    rings_.push_back(std::make_unique<BlkRing>(reactor_.kernel(), ring_owner, i));
  }
  backend_channel_.set_bytes(VhostUserMachine::config_change_message());
  settings_changed();
  function_.pool.join();
  reactor_.add(static_cast<Poller&>(*this));
}

VhostBlk::~VhostBlk() {
  LW_ASSERT(is_detached());
  reactor_.remove(static_cast<Poller&>(*this));
  static_cast<TurnEnd&>(*this).unlink();
  function_.pool.turns().leave(turn_);
  function_.pool.leave(share_);
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
  for (uint32_t i = 0; i < rings_.size(); ++i) {
    rings_[i]->use_descriptors(machine_.record().rings[i]);
    if (machine_.is_ready(i)) start_ring(i);
  }
  is_restoring_ = false;
  return {};
}

uint64_t VhostBlk::offered_features() const {
  using namespace blk_feature;
  uint64_t features = virtio_feature::kVersion1 | virtio_feature::kIndirectDescriptors | virtio_feature::kEventIndex |
                      kSizeMax | kSegMax | kBlkSize | kTopology | kFlush | kConfigWce;
  if (rings_.size() > 1) features |= kMultiQueue;
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
  config.queues = static_cast<uint16_t>(rings_.size());
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
}

void VhostBlk::reset() {
  is_broken_ = false;
  broken_reason_.clear();
}

void VhostBlk::start_ring(uint32_t ring) {
  rouse();
  if (auto started = try_start_ring(ring); !started) break_device(rings_[ring].get(), started.error().message);
}

Result<void> VhostBlk::try_start_ring(uint32_t index) {
  BlkRing& ring = *rings_[index];
  const auto found = machine_.find_ring(index);
  if (!found) return fail(ErrorCode::invalid_argument, "{}", describe(RingFault::bad_setup));
  auto record = machine_.find_inflight_record(index);
  if (!record) return pass_on(record);
  const DeviceRecord& state = machine_.record();
  SplitQueue::Setup setup;
  setup.ring = *found;
  setup.record = *record;
  setup.memory = &machine_.memory();
  setup.has_indirect = (state.features & virtio_feature::kIndirectDescriptors) != 0;
  setup.has_event_index = (state.features & virtio_feature::kEventIndex) != 0;
  // A front-end that keeps the record may have lost track of the index while we were away; the record and the ring have
  // not.
  if (!is_restoring_ && !state.inflight.is_from_front_end) setup.base = state.rings[index].base;
  if (const RingFault fault = ring.queue().start(setup); fault != RingFault::none) {
    return fail(ErrorCode::invalid_argument, "{}", describe(fault));
  }
  ++running_count_;
  ring.is_held = ring.is_cut_off = is_broken_;
  // The guest may wait for an interrupt that an earlier owner, or the ring before its stop, did not send any more.
  ring.call();
  return {};
}

bool VhostBlk::hold_ring(uint32_t ring) {
  rings_[ring]->is_held = true;
  return rings_[ring]->is_idle() && (rings_[ring]->is_cut_off || !rings_[ring]->queue().has_unfinished());
}

uint16_t VhostBlk::stop_ring(uint32_t ring) {
  const uint16_t base = rings_[ring]->queue().stop();
  rings_[ring]->is_cut_off = false;
  if (--running_count_ == 0) reset();
  return base;
}

void VhostBlk::release_rings(bool has_memory_changed) {
  rouse();
  for (const auto& ring : rings_) {
    if (has_memory_changed && ring->is_running()) {
      const auto found = machine_.find_ring(ring->index());
      if (found) {
        ring->queue().relocate(*found);
      } else {
        // Its memory is gone: the ring must not be touched again.
        ring->queue().lose();
        --running_count_;
        break_device(ring.get(), "its memory was removed while it ran");
      }
    }
    ring->is_held = is_broken_;
  }
}

void VhostBlk::descriptors_changed(uint32_t ring) {
  rouse();
  rings_[ring]->use_descriptors(machine_.record().rings[ring]);
  // A call that was due while the descriptors changed hands must not be lost; one too many costs the guest little.
  if (rings_[ring]->is_running()) rings_[ring]->call();
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
  const DeviceRecord& record = machine_.record();
  if (is_detaching_ || !machine_.has_protocol_feature(vhost_protocol::kBackendRequest)) return;
  backend_channel_.signal(record.backend_request.get());
}

void VhostBlk::ring_kicked(BlkRing& /*ring*/) {
  function_.stats.kicks.add(1);
  rouse();
}

void VhostBlk::ring_quiet(BlkRing& /*ring*/) {
  rouse();
  look_for_progress();
}

void VhostBlk::backend_channel_quiet(void* device) { static_cast<VhostBlk*>(device)->look_for_progress(); }

void VhostBlk::detach() {
  if (is_detaching_) return;
  is_detaching_ = true;
  rouse();
  for (const auto& ring : rings_) {
    ring->is_held = ring->is_cut_off = true;
    ring->quiesce();
  }
  backend_channel_.quiesce();
  queue_->drain();
  // Tells the owner at this turn's end where nothing is under way.
  reactor_.at_turn_end(*this);
}

bool VhostBlk::is_detached() const {
  if (!is_detaching_ || !queue_->is_drained() || !backend_channel_.is_idle() || share_.slots > 0) return false;
  return std::all_of(rings_.begin(), rings_.end(),
                     [](const auto& ring) { return ring->is_idle() && ring->is_quiet(); });
}

}  // namespace laneway
