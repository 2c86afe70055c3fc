#pragma once
// QosTable knows the limits of every function and the groups: it checks what operators ask for against the rest of a
// group, gives each function its Throttle, and brings changes to the reactors. Groups are in the state store before a
// call succeeds; a function's own limits the table of functions keeps there. Owned by the engine, outlives the
// functions. Control threads, any number at once.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/qos_spec.h"
#include "engine/state_store.h"
#include "qos/throttle.h"
#include "qos/throttle_group.h"

namespace laneway {

class ReactorPool;

struct GroupReport {
  struct Member {
    std::string name;
    QosLimits limits;
  };
  GroupSpec spec;
  std::vector<Member> members;
};

class QosTable {
 public:
  // `reactors` is null where no queue is on one (tests). Both outlive the table.
  QosTable(StateStore& store, ReactorPool* reactors);
  QosTable(const QosTable&) = delete;
  QosTable& operator=(const QosTable&) = delete;

  // Functions. The name is not known yet.
  Result<void> join(const std::string& function, const QosLimits& limits, const std::string& group);
  // The same for what the state file says: taken as it is.
  void restore(const std::string& function, const QosLimits& limits, const std::string& group);
  // Counts at once, also for I/O that waits.
  Result<void> change(const std::string& function, const QosLimits& limits, const std::string& group);
  // When the function's queues are gone. Nothing where the name is not known.
  void leave(const std::string& function);
  // Of a function that has joined, until it leaves.
  Throttle& throttle(const std::string& function);
  Throttle::Counters counters(const std::string& function);

  // Groups
  Result<GroupReport> create_group(const GroupSpec& group);
  Result<GroupReport> limit_group(const std::string& name, const LimitChange& change);
  Result<void> set_origin(const std::string& name, const std::string& origin);
  Result<void> remove_group(const std::string& name);
  Result<GroupReport> group(const std::string& name);
  std::vector<GroupReport> groups();

 private:
  struct Group {
    QosLimits limits;
    std::string origin;
    ThrottleGroup throttle;
  };
  struct Member {
    QosLimits limits;
    std::string group;  // empty: none
    Throttle throttle;
  };

  // All below with mutex_ held.
  Result<void> check_fit(const std::string& function, const QosLimits& limits, const std::string& group) const;
  Result<void> check_members(const std::string& group, const QosLimits& group_limits) const;
  void apply(Member& member);
  void finish_change();
  void collect();
  GroupReport report_of(const std::string& name, const Group& group) const;

  // Fixed after construction
  StateStore& store_;
  ReactorPool* const reactors_;

  // Any thread, under mutex_
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Group>, std::less<>> groups_;
  std::vector<std::unique_ptr<Group>> deleted_groups_;  // whose paces an idle queue's plan still refers to
  std::map<std::string, Member, std::less<>> members_;
};

}  // namespace laneway
