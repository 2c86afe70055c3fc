#pragma once
// LanePost is a device's way to one of its lanes and back, by letter. Owned by the device, with the lane in it; may be
// destroyed once the lane has ended. Home reactor only, but for what it does as the lane's owner.

#include <atomic>
#include <memory>
#include <string>

#include "frontend/blk_lane.h"

namespace laneway {

class LanePost final : private BlkLane::Owner {
 public:
  // The device; told on its home reactor.
  class Owner {
   public:
    // The ring is at home: drained, quiet, and the device's to touch.
    virtual void ring_returned(BlkRing& ring) = 0;
    virtual void ring_is_quiet(BlkRing& ring) = 0;
    virtual void lane_broke(const BlkRing* ring, std::string_view reason) = 0;
    virtual void memory_may_be_lost() = 0;
    // The lane has the settings it was given last.
    virtual void lane_settled() = 0;
    // Nothing of the lane is left: the post may be destroyed.
    virtual void lane_ended(LanePost& post) = 0;

   protected:
    ~Owner() = default;
  };

  LanePost(const BlkLane::Function& function, const BlkLane::Settings& settings, Reactor& home, Owner& owner);

  RequestPool& pool() { return pool_; }
  FunctionStats& stats() { return stats_; }

  void open() { lane_.reactor().post(open_note_); }

  // As of the lane; a ring given away is out of reach until ring_returned().
  void adopt(BlkRing& ring);
  void recall(BlkRing& ring);
  void quiet(BlkRing& ring);
  void renew(BlkRing& ring);
  void set(const BlkLane::Settings& settings);
  bool is_settled() const { return !is_settings_on_way_; }

  void end();
  bool is_ending() const { return is_ending_; }
  bool has_ended() const { return has_ended_; }

 private:
  // BlkLane::Owner, on the lane's reactor
  void ring_left(BlkRing& ring) override;
  void ring_is_quiet(BlkRing& ring) override;
  void lane_broke(BlkRing* ring, std::string_view reason) override;
  void memory_may_be_lost() override;
  void lane_ended() override { home_.post(ended_note_); }

  template <auto Member>
  struct Note final : Letter {
    explicit Note(LanePost& to) : post(to) {}
    void deliver() override { (post.*Member)(); }
    LanePost& post;
  };
  // On the lane's reactor
  void deliver_open() { lane_.open(); }
  void deliver_settings();
  void deliver_end() { lane_.end(); }
  // At home
  void settings_taken();
  void broken();
  void deliver_loss();
  void ended();

  // Fixed after construction
  RequestPool& pool_;
  FunctionStats& stats_;
  Reactor& home_;
  Owner& owner_;

  BlkLane lane_;  // its own reactor only

  // At home
  BlkLane::Settings wanted_;
  bool is_settings_on_way_ = false;
  bool is_ending_ = false;
  bool has_ended_ = false;
  // Whoever has the letter
  BlkLane::Settings sent_;
  const BlkRing* broken_ring_ = nullptr;
  std::string broken_reason_;
  // Any thread (atomic)
  std::atomic<bool> is_break_on_way_{false};
  std::atomic<bool> is_loss_on_way_{false};

  Note<&LanePost::deliver_open> open_note_{*this};
  Note<&LanePost::deliver_settings> settings_note_{*this};
  Note<&LanePost::deliver_end> end_note_{*this};
  Note<&LanePost::settings_taken> taken_note_{*this};
  Note<&LanePost::broken> broken_note_{*this};
  Note<&LanePost::deliver_loss> loss_note_{*this};
  Note<&LanePost::ended> ended_note_{*this};
};

}  // namespace laneway
