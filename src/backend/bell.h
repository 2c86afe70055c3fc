#pragma once
// Bell wakes one object on its reactor from any thread: rung once or many times, it calls the object once. It may be on
// its way while the object goes; then it ends without a call. Owned by what it wakes; destroyed on that reactor, when
// nobody can ring any more.

#include <atomic>
#include <memory>

#include "reactor/reactor.h"

namespace laneway {

class Bell {
 public:
  class Owner {
   public:
    virtual void bell_rang() = 0;

   protected:
    ~Owner() = default;
  };

  Bell(Reactor& reactor, Owner& owner) : reactor_(reactor), note_(std::make_unique<Note>()) { note_->to = &owner; }
  ~Bell() {
    note_->to = nullptr;
    // The letter is still under way: it ends itself where it arrives, on this reactor.
    if (note_->is_on_way.load(std::memory_order_acquire)) Note::leave(std::move(note_));
  }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // Any thread.
  void ring() {
    // Release and acquire pair with deliver(): what was done before the ring is seen by the call.
    if (!note_->is_on_way.exchange(true, std::memory_order_acq_rel)) reactor_.post(*note_);
  }

 private:
  struct Note final : Letter {
    static void leave(std::unique_ptr<Note> note) {
      Note& left = *note;
      left.self = std::move(note);
    }
    void deliver() override {
      const std::unique_ptr<Note> end = std::move(self);
      is_on_way.exchange(false, std::memory_order_acq_rel);
      if (to != nullptr) to->bell_rang();
    }
    Owner* to = nullptr;         // its reactor only
    std::unique_ptr<Note> self;  // its reactor only: once the owner is gone
    std::atomic<bool> is_on_way{false};
  };

  // Fixed after construction
  Reactor& reactor_;
  std::unique_ptr<Note> note_;
};

}  // namespace laneway
