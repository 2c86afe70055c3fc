// The data path of a device on one reactor: chains in, requests to the back-end, results out.
#include "frontend/blk_lane.h"

#include <algorithm>

#include "block/request_cost.h"
#include "virtio/store_seam.h"

namespace laneway {

namespace {

// What a turn takes from one ring at most, so that other rings and functions keep their share.
constexpr uint32_t kChainsPerRingPerTurn = 128;

}  // namespace

uint32_t BlkLane::poll(uint64_t now_ns) {
  is_starved_ = false;
  // A queue's drain may end without the end of any request: a session that logs out, for one.
  if (is_ending_) reactor_.at_turn_end(*this);
  TurnShare& turns = function_.pool.turns();
  turns.begin(turn_, now_ns);
  uint32_t work = running_count_ > 0 ? poll_rings(now_ns) : 0;
  const bool has_queue_work = queue_ != nullptr && queue_->wants_poll();
  if (work > 0) turn_.works_at_once = has_queue_work;
  if (has_queue_work) work += queue_->poll(now_ns);
  if (losses_seen_ != ForeignMapping::losses()) look_for_lost_memory();
  if (work > 0) {
    turns.worked(turn_, now_ns, work);
    return work;
  }
  // Where it only waits for the credit of coming turns, they have to come.
  return !turn_.may_take() && has_chains() ? 1 : 0;
}

void BlkLane::look_for_lost_memory() {
  losses_seen_ = ForeignMapping::losses();
  owner_.memory_may_be_lost();
}

uint32_t BlkLane::poll_rings(uint64_t now_ns) {
  uint32_t work = 0;
  const auto count = static_cast<uint32_t>(rings_.size());
  const uint64_t patience_ns = function_.options.deadline_ns;
  deadline_ns_ = patience_ns == kNever ? kNever : now_ns + patience_ns;
  trace_from_ns_ = tracer_.trace_from_ns(now_ns);
  uint32_t index = first_ring_;
  for (uint32_t i = 0; i < count; ++i) {
    BlkRing& ring = *rings_[index];
    if (ring.takes_chains()) work += take_from(ring, now_ns);
    if (++index == count) index = 0;
  }
  if (work > 0 && ++first_ring_ == count) first_ring_ = 0;
  submit_batch();
  return work;
}

bool BlkLane::has_chains() {
  return std::any_of(rings_.begin(), rings_.end(),
                     [](BlkRing* ring) { return ring->takes_chains() && ring->queue().available() > 0; });
}

uint32_t BlkLane::take_from(BlkRing& ring, uint64_t now_ns) {
  uint32_t taken = 0;
  bool is_behind = false;
  while (ring.takes_chains()) {
    if (taken == kChainsPerRingPerTurn || !turn_.may_take()) {
      is_behind = true;
      break;
    }
    if (ring.queue().available() == 0) break;
    const Taken outcome = take_one(ring, now_ns);
    if (outcome == Taken::fault) break;
    if (outcome == Taken::wait) {
      is_starved_ = is_behind = true;
      function_.stats.pool_waits.add(1);
      break;
    }
    turn_.spend(TurnShare::kRequestCostBytes);
    ++taken;
  }
  if (taken > 0) {
    ring.show_in_flight();
    if (tracer_.wants_sample(now_ns)) [[unlikely]]
      choose_sample(ring, taken, now_ns);
  }
  if (is_behind || ring.wait.is_marked()) [[unlikely]]
    ring.wait.mark(taken, ring.queue().available(), now_ns);
  ring.wait.looked(now_ns);
  return taken;
}

// One of those that were taken last and are not submitted yet.
void BlkLane::choose_sample(BlkRing& ring, uint32_t taken, uint64_t now_ns) {
  const uint32_t choice = std::min(taken, batch_count_);
  if (choice == 0) return;
  auto& slot = static_cast<BlkSlot&>(*batch_[batch_count_ - 1 - tracer_.choice_among(choice)]);
  tracer_.sample(slot, ring.wait.wait_ns(now_ns), now_ns);
}

BlkLane::Taken BlkLane::take_one(BlkRing& ring, uint64_t now_ns) {
  BlkSlot* slot = function_.pool.take(share_);
  if (slot == nullptr) return Taken::wait;
  ChainSegments& segments = function_.pool.scratch();
  RingFault fault = ring.queue().take(slot->chain, segments);
  if (fault != RingFault::none) {
    function_.pool.give_back(*slot, share_);
    break_lane(&ring, describe(fault));
    return Taken::fault;
  }
  slot->ring = &ring;
  slot->start_ns = now_ns;
  slot->deadline_ns = deadline_ns_;
  slot->trace_from_ns = trace_from_ns_;
  slot->held_ns = 0;
  const Taken outcome = begin_request(*slot, segments);
  if (outcome == Taken::wait) {
    ring.queue().put_back(std::move(slot->chain));
    function_.pool.give_back(*slot, share_);
  }
  return outcome;
}

BlkLane::Taken BlkLane::begin_request(BlkSlot& slot, ChainSegments& segments) {
  BlkRequestView view;
  if (const RingFault fault = decode_blk_request(segments, view); fault != RingFault::none) {
    BlkRing& ring = *slot.ring;
    ring.queue().put_back(std::move(slot.chain));  // it had no effect, and is not to be repeated after a reset
    function_.pool.give_back(slot, share_);
    break_lane(&ring, describe(fault));
    return Taken::fault;
  }
  slot.status = view.status;
  slot.written_bytes = static_cast<uint32_t>(std::min<uint64_t>(view.from_device_bytes + 1, UINT32_MAX));
  const BlkPrepared prepared = prepare_blk_request(view, limits_, slot);
  if (prepared.outcome != BlkOutcome::submit) {
    if (prepared.outcome == BlkOutcome::get_id) {
      std::array<uint8_t, kBlkIdBytes> id{};
      const ByteView serial = bytes_of_text(function_.options.serial);
      std::copy_n(serial.begin(), std::min(serial.size(), id.size()), id.begin());
      scatter_bytes(id, prepared.data);
    }
    finish_now(slot, prepared.status);
    return Taken::finished;
  }
  if (!function_.pool.store_segments(prepared.data, share_, slot)) return Taken::wait;
  slot.owner = this;
  turn_.spend(static_cast<int64_t>(bytes_moved(slot.op, slot.length_bytes)));
  batch_[batch_count_++] = &slot;
  if (batch_count_ == batch_.size()) submit_batch();
  return Taken::submitted;
}

void BlkLane::submit_batch() {
  if (batch_count_ == 0) return;
  const uint32_t count = std::exchange(batch_count_, 0);
  function_.stats.in_flight.add(count);
  queue_->submit({batch_.data(), count});
}

// Of requests that never reach the back-end.
void BlkLane::finish_now(BlkSlot& slot, BlkStatus status) {
  function_.stats.other_requests.add(1);
  if (status != BlkStatus::ok) {
    function_.stats.errors.add(1);
    function_.stats.refused.add(1);
  }
  complete(slot, status);
}

void BlkLane::finish(BlockRequest& request, Status status) {
  auto& slot = static_cast<BlkSlot&>(request);
  function_.stats.in_flight.add(-1ull);
  const uint64_t now_ns = reactor_.now_ns();
  function_.pool.turns().ended(turn_, now_ns);
  if (status == Status::aborted && is_ending_) {
    // Not done and not refused: it stays recorded as unfinished, for whoever serves the ring next.
    slot.ring->queue().abandon(std::move(slot.chain));
    function_.pool.give_back(slot, share_);
    reactor_.at_turn_end(*this);
    return;
  }
  if (slot.trace_from_ns <= now_ns) [[unlikely]]
    trace(slot, status, now_ns);
  count(slot, status, now_ns);
  complete(slot, encode_blk_status(status));
}

void BlkLane::complete(BlkSlot& slot, BlkStatus status) {
  // The status byte, and the data before it, are there when the used index is published.
  LW_STORED(request_done, slot.chain.head());
  *slot.status = static_cast<uint8_t>(status);
  LW_STORED(status_stored, slot.chain.head());
  slot.ring->queue().push(std::move(slot.chain), slot.written_bytes);
  function_.pool.give_back(slot, share_);
  reactor_.at_turn_end(*this);
}

void BlkLane::trace(const BlkSlot& slot, Status status, uint64_t now_ns) {
  BlockTrace told;
  tracer_.end(slot, status, queue_->tell(told) ? &told : nullptr, now_ns);
}

void BlkLane::count(const BlkSlot& slot, Status status, uint64_t now_ns) {
  tally_.add(slot.op, slot.length_bytes, slot.start_ns, now_ns);
  if (status == Status::ok) return;
  function_.stats.errors.add(1);
  if (status == Status::timed_out) function_.stats.timeouts.add(1);
}

void BlkLane::end_turn(uint64_t /*now_ns*/) {
  for (BlkRing* ring : rings_) {
    if (!ring->queue().has_unpublished()) continue;
    if (ring->queue().publish() && ring->call()) function_.stats.calls.add(1);
    ring->show_in_flight();
  }
  const uint64_t later_ns = reactor_.later_ns();
  tally_.settle(later_ns);
  if (tracer_.has_ended()) [[unlikely]]
    tracer_.settle(later_ns);
  if (is_awaited_ || is_ending_) look_for_progress();
}

bool BlkLane::arm_wake_up() {
  // What the guest asks for while answers gather is taken when they are.
  return patience() == Patience::timed ? !queue_->wants_poll() : arm_kicks();
}

bool BlkLane::arm_kicks() {
  bool is_quiet = queue_ == nullptr || !queue_->wants_poll();
  for (BlkRing* ring : rings_) {
    if (!ring->takes_chains()) continue;
    // Where a ring waits for a slot, whoever gives one back wakes this reactor: nothing to be told by the guest.
    if (is_starved_ && ring->queue().available() > 0) continue;
    if (!ring->has_kicks() || !ring->queue().request_kicks()) is_quiet = false;
  }
  return is_quiet;
}

// Only where a kick or a letter is all that can bring work: nothing is under way, and nothing waits for a slot or to
// end.
bool BlkLane::doze() {
  if (is_ending_ || is_awaited_ || share_.slots > 0) return false;
  if (has_chains()) return false;
  if (arm_kicks()) return true;
  disarm_wake_up();
  return false;
}

void BlkLane::disarm_wake_up() {
  for (BlkRing* ring : rings_) {
    if (!ring->takes_chains()) continue;
    ring->queue().suppress_kicks();
    ring->wait.slept();
  }
}

}  // namespace laneway
