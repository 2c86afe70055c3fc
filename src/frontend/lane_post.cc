#include "frontend/lane_post.h"

namespace laneway {

LanePost::LanePost(const BlkLane::Function& function, const BlkLane::Settings& settings, Reactor& home, Owner& owner)
    : pool_(function.pool),
      stats_(function.stats),
      home_(home),
      owner_(owner),
      lane_(function, settings, *this),
      wanted_(settings),
      sent_(settings) {}

void LanePost::adopt(BlkRing& ring) {
  ring.post = this;
  ring.letters.adopt.send(lane_.reactor(), [](BlkRing& arrived) { arrived.post->lane_.adopt(arrived); });
}

void LanePost::recall(BlkRing& ring) {
  ring.letters.recall.send(lane_.reactor(), [](BlkRing& wanted) { wanted.post->lane_.recall(wanted); });
}

void LanePost::quiet(BlkRing& ring) {
  ring.letters.quiet.send(lane_.reactor(), [](BlkRing& wanted) { wanted.post->lane_.quiet(wanted); });
}

void LanePost::renew(BlkRing& ring) {
  ring.letters.renew.send(lane_.reactor(), [](BlkRing& changed) { changed.post->lane_.renew(changed); });
}

// One letter at a time: what changes while it is on its way goes with the next one.
void LanePost::set(const BlkLane::Settings& settings) {
  if (wanted_ == settings || is_ending_) return;
  wanted_ = settings;
  if (is_settings_on_way_) return;
  is_settings_on_way_ = true;
  sent_ = wanted_;
  lane_.reactor().post(settings_note_);
}

void LanePost::deliver_settings() {
  lane_.set(sent_);
  home_.post(taken_note_);
}

void LanePost::settings_taken() {
  if (wanted_ != sent_ && !is_ending_) {
    sent_ = wanted_;
    lane_.reactor().post(settings_note_);
    return;
  }
  is_settings_on_way_ = false;
  owner_.lane_settled();
}

void LanePost::end() {
  if (is_ending_) return;
  is_ending_ = true;
  lane_.reactor().post(end_note_);
}

void LanePost::ended() {
  has_ended_ = true;
  owner_.lane_ended(*this);
}

void LanePost::ring_left(BlkRing& ring) {
  ring.letters.returned.send(home_, [](BlkRing& arrived) { arrived.post->owner_.ring_returned(arrived); });
}

void LanePost::ring_is_quiet(BlkRing& ring) {
  ring.letters.is_quiet.send(home_, [](BlkRing& quieted) { quieted.post->owner_.ring_is_quiet(quieted); });
}

// One is enough: home stops all lanes.
void LanePost::lane_broke(BlkRing* ring, std::string_view reason) {
  // Acquire: home has read the one before; pairs with the release in broken().
  if (is_break_on_way_.exchange(true, std::memory_order_acquire)) return;
  broken_ring_ = ring;
  broken_reason_ = reason;
  home_.post(broken_note_);
}

void LanePost::memory_may_be_lost() {
  if (!is_loss_on_way_.exchange(true, std::memory_order_acquire)) home_.post(loss_note_);
}

void LanePost::deliver_loss() {
  // Release: before the look at what was lost; pairs with the acquire in memory_may_be_lost().
  is_loss_on_way_.store(false, std::memory_order_release);
  owner_.memory_may_be_lost();
}

void LanePost::broken() {
  const BlkRing* ring = broken_ring_;
  const std::string reason = std::move(broken_reason_);
  is_break_on_way_.store(false, std::memory_order_release);
  owner_.lane_broke(ring, reason);
}

}  // namespace laneway
