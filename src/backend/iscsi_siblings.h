#pragma once
// IscsiSiblings are the links of one function's queues to their LUN, over all its paths. A reset of the LUN ends the
// tasks of all sessions, so before one of them fences the others fall quiet: they send nothing and let what is under
// way end, or give the session up, which counts as lost and is covered by the fence. Part of an IscsiLun. Any thread;
// each link is told on its own reactor.

#include <memory>
#include <vector>

#include "backend/guarded.h"
#include "reactor/reactor.h"

namespace laneway {

class IscsiSibling;

class IscsiSiblings {
 private:
  friend class IscsiSibling;
  struct State {
    std::vector<IscsiSibling*> members;
    IscsiSibling* fencer = nullptr;
  };
  Guarded<State> state_;
};

// One queue's link among its siblings. Its reactor only.
class IscsiSibling {
 public:
  class Owner {
   public:
    // Ask again what was refused, and whether the session has to go.
    virtual void siblings_changed() = 0;

   protected:
    ~Owner() = default;
  };

  IscsiSibling(Reactor& reactor, IscsiSiblings& all, Owner& owner);
  ~IscsiSibling();  // without a session
  IscsiSibling(const IscsiSibling&) = delete;
  IscsiSibling& operator=(const IscsiSibling&) = delete;

  // A session may be made, or one that is quiet may send again; false while another link fences, and
  // siblings_changed() follows.
  bool begin_session();
  // The session has no task of the owner's and gets none until the next begin_session().
  void fall_quiet();
  // No task of this link is with a session any more. Ends its fence as well.
  void end_session();
  // Another link fences: the session has to be quiet or go.
  bool is_cut() const;
  // True where no other link has a session that is not quiet, and none may begin one until end_fence(); otherwise
  // siblings_changed() follows, for that or because another one fences first.
  bool may_fence();
  void end_fence();
  // Another link of the function has a session.
  bool is_accompanied() const;

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
  static bool is_accompanied_in(const State& state, const IscsiSibling& one);

  // Fixed after construction
  Reactor& reactor_;
  IscsiSiblings& all_;
  Owner& owner_;

  std::unique_ptr<Note> note_;
  bool has_session_ = false;  // under the lock; so is the next
  bool is_quiet_ = false;
};

}  // namespace laneway
