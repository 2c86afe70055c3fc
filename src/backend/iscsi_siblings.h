#pragma once
// IscsiSiblings are the links of one function's queues to their LUN, over all its paths. A reset of the LUN ends the
// tasks of all sessions, so before one of them fences the others fall quiet: they send nothing and let what is under
// way end, or give the session up, which counts as lost and is covered by the fence. Part of an IscsiLun. Any thread;
// each link is told on its own reactor. Where a new session is greeted with a reset, the others are its witnesses.

#include <memory>
#include <vector>

#include "backend/greeting_doubts.h"
#include "backend/guarded.h"
#include "backend/multipath_path.h"
#include "reactor/reactor.h"

namespace laneway {

class IscsiSibling;

class IscsiSiblings {
 private:
  friend class IscsiSibling;
  struct State {
    std::vector<IscsiSibling*> members;
    IscsiSibling* fencer = nullptr;
    GreetingDoubts doubts;
  };
  Guarded<State> state_;
};

// One queue's link among its siblings. Its reactor only.
class IscsiSibling : private GreetingWitness {
 public:
  class Owner {
   public:
    // Ask again what was refused, whether the session has to go, and what it is asked as a witness.
    virtual void siblings_changed() = 0;

   protected:
    ~Owner() = default;
  };

  IscsiSibling(Reactor& reactor, IscsiSiblings& all, const LunPath& path, Owner& owner);
  ~IscsiSibling();  // without a session
  IscsiSibling(const IscsiSibling&) = delete;
  IscsiSibling& operator=(const IscsiSibling&) = delete;

  // A session may be made, or one that is quiet may send again; false while another link fences, and
  // siblings_changed() follows.
  bool begin_session();
  // The session has no task of the owner's and gets none until the next begin_session().
  void fall_quiet();
  // No task of this link is with a session any more. Ends its fence as well. A witness leaves before.
  void end_session();
  // Another link fences: the session has to be quiet or go.
  bool is_cut() const;
  // True where no other link has a session that is not quiet, and none may begin one until end_fence(); otherwise
  // siblings_changed() follows, for that or because another one fences first.
  bool may_fence();
  void end_fence();

  // From now on the session can tell that the disk was not harmed since: it may send.
  void become_witness();
  // A new session was greeted with a reset. Sessions that were there before are asked: siblings_changed() follows
  // there, and everywhere once is_in_doubt() may have changed. False where there are none. A path to another unit says
  // nothing, unless all are known to be one.
  bool raise_doubt(bool is_one_unit);
  bool is_in_doubt() const;
  bool is_asked() const;
  // What is asked now is an answer to that much.
  uint64_t latest_doubt() const;
  // This session answered what it was asked when latest_doubt() was `up_to`.
  void vouch(uint64_t up_to);
  // The session ends. True where a doubt has no witness any more: it is still open until end_hopeless_doubts(), which
  // comes after the loss was noted.
  bool leave_witnesses();
  void end_hopeless_doubts();
  void end_all_doubts();

 private:
  using State = IscsiSiblings::State;
  // The letter that says so; outlives the link where it is on its way.
  struct Note final : Letter {
    void deliver() override;
    IscsiSibling* to = nullptr;  // its reactor only
    bool is_on_way = false;      // under the lock
    std::unique_ptr<Note> self;  // once the link is gone
  };

  void tell();
  static bool is_alone(const State& state, const IscsiSibling& one);
  static void tell_all(const State& state);

  // Fixed after construction
  Reactor& reactor_;
  IscsiSiblings& all_;
  const LunPath& path_;
  Owner& owner_;

  std::unique_ptr<Note> note_;
  bool has_session_ = false;  // under the lock; so are the next
  bool is_quiet_ = false;
  bool is_witness_ = false;
};

}  // namespace laneway
