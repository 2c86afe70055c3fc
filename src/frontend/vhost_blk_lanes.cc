// The ways of rings between the device and its lanes: given away, called home, moved to another reactor.
#include <algorithm>

#include "frontend/vhost_blk.h"

namespace laneway {

LanePost& VhostBlk::post_for(RequestPool& pool) {
  for (const auto& post : posts_) {
    if (&post->pool() == &pool && !post->is_ending()) return *post;
  }
  LanePost::Owner& owner = *this;
  const BlkLane::Function function{function_.options, function_.disk, pool, function_.stats.take()};
  posts_.push_back(std::make_unique<LanePost>(function, settings(), reactor_, owner));
  LanePost& post = *posts_.back();
  post.open();
  return post;
}

// Gives a running ring that is at home to its lane, unless it is held here or the record that it runs by is not kept
// yet: a successor would not understand what it left unfinished. (A held ring runs by an earlier one.)
void VhostBlk::send_off(Seat& seat) {
  BlkRing& ring = *seat.ring;
  if (!seat.is_home || is_detaching_ || !ring.is_running()) return;
  if (seat.is_held ? ring.is_drained() : !machine_.is_kept()) return;
  if (seat.post == nullptr || is_displaced(seat)) seat.post = &post_for(pool_of(seat));
  if (!seat.post->is_settled()) return;
  ring.descriptors = descriptors_of(machine_.record().rings[ring.index()]);
  ring.is_held = is_broken() || seat.is_held;
  seat.is_home = seat.is_quiet = seat.is_quiet_asked = false;
  seat.post->adopt(ring);
  if (seat.is_held) recall(seat);
}

void VhostBlk::recall(Seat& seat) {
  if (seat.is_leaving || is_detaching_) return;
  seat.is_leaving = true;
  seat.post->recall(*seat.ring);
}

void VhostBlk::ring_returned(BlkRing& ring) {
  Seat& seat = seats_[ring.index()];
  seat.is_home = true;
  seat.is_leaving = seat.is_quiet = seat.is_quiet_asked = false;
  if (is_detaching_) return;
  ring.is_held = is_broken() || seat.is_held;
  if (is_broken()) ring.is_cut_off = true;
  if (machine_.is_waiting()) owner_.device_progressed();
  if (is_detaching_) return;
  move(seat);
  look_at_moves();
  if (is_resting_) owner_.ring_came_home();
}

void VhostBlk::rest() {
  is_resting_ = true;
  for (uint32_t i = 0; i < seats_.size(); ++i) (void)hold_ring(i);
}

bool VhostBlk::is_at_rest() const {
  return function_.disk.is_settled() && std::all_of(seats_.begin(), seats_.end(), [](const Seat& seat) {
           return seat.is_home && seat.ring->is_idle() && !seat.ring->queue().has_unfinished();
         });
}

void VhostBlk::ring_is_quiet(BlkRing& ring) {
  seats_[ring.index()].is_quiet = true;
  look_for_progress();
}

void VhostBlk::lane_broke(const BlkRing* ring, std::string_view reason) {
  if (!is_detaching_) break_device(ring, reason);
}

void VhostBlk::memory_may_be_lost() {
  if (!is_detaching_ && machine_.has_lost_memory()) break_device(nullptr, kLostMemory);
}

void VhostBlk::lane_settled() {
  announce_geometry();
  for (Seat& seat : seats_) send_off(seat);
  look_for_progress();
}

void VhostBlk::lane_ended(LanePost& post) {
  for (Seat& seat : seats_) {
    if (seat.post == &post) seat.post = nullptr;
  }
  function_.stats.give_back(post.stats());
  std::erase_if(posts_, [&post](const auto& each) { return each.get() == &post; });
  look_at_moves();
  look_for_progress();
}

void VhostBlk::move_rings() {
  has_moves_ = true;
  for (Seat& seat : seats_) move(seat);
  look_at_moves();
}

// Brings a ring towards the reactor where it belongs.
void VhostBlk::move(Seat& seat) {
  if (is_detaching_) return;
  if (!seat.is_home) {
    if (is_displaced(seat)) recall(seat);
    return;
  }
  if (is_displaced(seat)) seat.post = nullptr;
  send_off(seat);
}

bool VhostBlk::is_moving() const {
  return std::any_of(seats_.begin(), seats_.end(), [this](const Seat& seat) { return is_displaced(seat); }) ||
         std::any_of(posts_.begin(), posts_.end(), [](const auto& post) { return post->is_ending(); });
}

void VhostBlk::look_at_moves() {
  if (!has_moves_ || is_detaching_) return;
  end_unused_lanes();
  if (is_moving()) return;
  has_moves_ = false;
  owner_.rings_moved();
}

void VhostBlk::end_unused_lanes() {
  for (const auto& post : posts_) {
    const auto is_its = [&post, this](const Seat& seat) {
      return seat.post == post.get() || &pool_of(seat) == &post->pool();
    };
    if (std::none_of(seats_.begin(), seats_.end(), is_its)) post->end();
  }
}

void VhostBlk::backend_channel_quiet(void* device) { static_cast<VhostBlk*>(device)->look_for_progress(); }

// Messages wait for rings to become idle, and so does a detach.
void VhostBlk::look_for_progress() {
  if (is_detaching_) {
    if (is_detached()) owner_.device_detached();
    return;
  }
  if (machine_.is_waiting()) owner_.device_progressed();
}

void VhostBlk::detach() {
  if (is_detaching_) return;
  is_detaching_ = true;
  backend_channel_.quiesce();
  for (const auto& post : posts_) post->end();
}

bool VhostBlk::is_detached() const { return is_detaching_ && posts_.empty() && backend_channel_.is_idle(); }

VhostBlk::RingView VhostBlk::ring(uint32_t index) const {
  const Seat& seat = seats_[index];
  return {seat.ring->is_running(), seat.is_home, seat.ring->in_flight()};
}

}  // namespace laneway
