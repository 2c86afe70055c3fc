#pragma once
// IscsiFence makes sure that no command of an earlier session can still change a LUN: by LOGICAL UNIT RESET, else CLEAR
// TASK SET, which the target answers when the old commands are dead; else by waiting. Owned by an IscsiLink; home
// reactor only.

#include "iscsi/session.h"
#include "reactor/reactor.h"

namespace laneway {

class IscsiFenceOwner {
 public:
  // A function was given to the session: send it.
  virtual void fence_moved() = 0;
  // Every earlier command is dead.
  virtual void fence_stands() = 0;
  // The target does not answer: this session is no use.
  virtual void fence_failed() = 0;

 protected:
  ~IscsiFenceOwner() = default;
};

class IscsiFence {
 public:
  struct Rules {
    bool may_reset = true;  // the LUN is ours alone
    // CLEAR TASK SET counts as well: a LUN may keep a task set for each nexus, and it clears its sender's alone.
    bool may_clear_tasks = true;
    uint64_t answer_timeout_ns = 30 * kSecond;
    uint64_t delay_ns = 10 * kSecond;
  };

  IscsiFence(Reactor& reactor, IscsiFenceOwner& owner);
  ~IscsiFence();

  void start(iscsi::Session& session, uint32_t lun, const Rules& rules);
  // The session is ending: nothing more happens; the function comes back with the session's others and is ignored.
  void stop();
  bool is_running() const { return is_running_; }
  // The function came back from the session.
  void function_finished();

 private:
  void submit(iscsi::TaskFunction function);
  void wait();
  void time_came();

  // Fixed after construction
  Reactor& reactor_;
  IscsiFenceOwner& owner_;

  // Home reactor only
  iscsi::Session* session_ = nullptr;
  iscsi::TaskManagement function_;
  Rules rules_;
  Timer timer_;
  bool is_running_ = false;
  bool is_waiting_ = false;  // for the delay to pass
};

}  // namespace laneway
