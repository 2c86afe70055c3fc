// A lane's life: rings that come, go and break, and its end.
#include <algorithm>

#include "frontend/blk_lane.h"

namespace laneway {

BlkLane::BlkLane(const Function& function, const Settings& settings, Owner& owner)
    : function_(function),
      owner_(owner),
      reactor_(function.pool.reactor()),
      limits_(settings.limits),
      turn_(function.stats.cpu_ns),
      tally_(function.stats),
      tracer_(function.stats, function.options.trace),
      is_stopped_(settings.is_stopped) {}

BlkLane::~BlkLane() { LW_ASSERT(queue_ == nullptr && rings_.empty()); }

void BlkLane::open() {
  function_.pool.join();
  reactor_.add(static_cast<Poller&>(*this));
  open_disk();
}

void BlkLane::open_disk() {
  auto queue = function_.disk.open_queue(reactor_);
  if (!queue) return break_lane(nullptr, queue.error().message);
  queue_ = std::move(*queue);
}

void BlkLane::adopt(BlkRing& ring) {
  rouse();
  BlkRing::Owner& owner = *this;
  ring.join(reactor_.kernel(), owner);
  ring.use_descriptors(ring.descriptors);
  ring.is_recalled = ring.is_quiet_wanted = false;
  ring.wait.forget();
  rings_.push_back(&ring);
  // A device that was reset gets another try.
  if (!is_stopped_ && queue_ == nullptr) open_disk();
  if (is_stopped_) ring.is_held = ring.is_cut_off = true;
  count_running();
  // The guest may wait for an interrupt that the ring's owner before did not send any more.
  if (ring.is_running()) ring.call();
}

void BlkLane::count_running() {
  running_count_ = static_cast<uint32_t>(
      std::count_if(rings_.begin(), rings_.end(), [](const BlkRing* ring) { return ring->is_running(); }));
}

void BlkLane::recall(BlkRing& ring) {
  rouse();
  ring.is_held = ring.is_recalled = is_awaited_ = true;
  reactor_.at_turn_end(*this);
}

void BlkLane::quiet(BlkRing& ring) {
  rouse();
  ring.is_quiet_wanted = is_awaited_ = true;
  ring.quiesce();
  reactor_.at_turn_end(*this);
}

void BlkLane::renew(BlkRing& ring) {
  rouse();
  // A ring that is about to leave takes them up where it goes.
  if (!ring.is_recalled && !is_ending_) ring.use_descriptors(ring.descriptors);
  // A call that was due while the descriptors changed hands must not be lost; one too many costs the guest little.
  if (ring.is_running()) ring.call();
}

void BlkLane::set(const Settings& settings) {
  limits_ = settings.limits;
  is_stopped_ = settings.is_stopped;
  if (!is_stopped_) return;
  hold_all();
  for (BlkRing* ring : rings_) ring->signal_error();
}

void BlkLane::break_lane(BlkRing* ring, std::string_view reason) {
  is_stopped_ = true;
  hold_all();
  owner_.lane_broke(ring, reason);
}

void BlkLane::hold_all() {
  for (BlkRing* ring : rings_) ring->is_held = ring->is_cut_off = true;
  // What was waited for may need no more than that.
  if (is_awaited_) reactor_.at_turn_end(*this);
}

void BlkLane::end() {
  if (is_ending_) return;
  is_ending_ = true;
  rouse();
  hold_all();
  for (BlkRing* ring : rings_) ring->quiesce();
  if (queue_ != nullptr) queue_->drain();
  // Tells the owner at this turn's end where nothing is under way.
  reactor_.at_turn_end(*this);
}

void BlkLane::ring_kicked(BlkRing& /*ring*/) {
  function_.stats.kicks.add(1);
  rouse();
}

void BlkLane::ring_quiet(BlkRing& /*ring*/) {
  rouse();
  reactor_.at_turn_end(*this);
}

void BlkLane::look_for_progress() {
  if (is_awaited_) {
    is_awaited_ = false;
    for (size_t i = 0; i < rings_.size();) {
      if (!look_at(*rings_[i])) ++i;
    }
  }
  if (is_ending_) try_end();
}

// True where the ring has left.
bool BlkLane::look_at(BlkRing& ring) {
  if (ring.is_quiet_wanted && ring.is_quiet()) {
    ring.is_quiet_wanted = false;
    owner_.ring_is_quiet(ring);
  }
  // Until it is drained the guest hears of what finishes.
  if (ring.is_recalled && ring.is_drained() && ring.quiesce()) {
    forget(ring);
    owner_.ring_left(ring);
    return true;
  }
  is_awaited_ |= ring.is_recalled || ring.is_quiet_wanted;
  return false;
}

void BlkLane::forget(BlkRing& ring) {
  std::erase(rings_, &ring);
  first_ring_ = 0;
  count_running();
}

void BlkLane::try_end() {
  if (has_ended_ || share_.slots > 0 || (queue_ != nullptr && !queue_->is_drained())) return;
  if (!std::all_of(rings_.begin(), rings_.end(), [](BlkRing* ring) { return ring->is_idle() && ring->is_quiet(); })) {
    return;
  }
  has_ended_ = true;
  while (!rings_.empty()) {
    BlkRing& ring = *rings_.back();
    rings_.pop_back();
    owner_.ring_left(ring);
  }
  running_count_ = 0;
  queue_.reset();
  reactor_.remove(static_cast<Poller&>(*this));
  static_cast<TurnEnd&>(*this).unlink();
  function_.pool.turns().leave(turn_);
  function_.pool.leave(share_);
  owner_.lane_ended();  // the lane may be gone after this
}

}  // namespace laneway
