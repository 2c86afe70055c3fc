#pragma once
// FunctionTable knows every function by name: those in service and those that cannot be served now, which are kept,
// shown with the reason and tried again. What it was asked for is in the state store before a call succeeds. Owned by
// the engine; control threads, any number at once. A call that takes time holds its own function only.

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/event_log.h"
#include "engine/function_watch.h"
#include "engine/qos_table.h"
#include "engine/served_function.h"
#include "engine/state_store.h"

namespace laneway {

enum class FunctionState : uint8_t {
  serving,
  failed,       // kept, tried again
  quarantined,  // kept, and not tried: engines died of its attached device
  changing,     // being created or deleted
};
std::string_view function_state_name(FunctionState state);

struct FunctionReport {
  FunctionSpec spec;
  FunctionState state = FunctionState::failed;
  std::string reason;  // of failed and quarantined
  std::string socket_path;
  std::string description;  // of the disk
  std::string identity;
  DiskHealth health;
  BlockGeometry geometry;  // capacity 0 where it is not known
  std::vector<PathReport> paths;
  std::vector<uint32_t> queue_reactors;  // of each queue
  bool is_attached = false;
  VhostBlkConnection connection;
  FunctionStatsSnapshot stats;
  Throttle::Counters throttle;
};

struct FunctionCounts {
  uint32_t serving = 0;
  uint32_t failed = 0;
  uint32_t attached = 0;
};

// What is known of a function's slow requests, the last one first.
struct Explanation {
  FunctionReport report;
  QosLimits group_limits;  // of its group, where it is in one
  std::vector<SlowRequest> requests;
};

// By the function's name.
using FunctionWatches = std::map<std::string, FunctionWatch, std::less<>>;

class FunctionTable {
 public:
  // `socket_dir` is where functions without a path of their own get their sockets. All references outlive the table.
  FunctionTable(StateStore& store, QosTable& qos, const ServedFunction::Source& source, std::string socket_dir);
  // Takes all functions out of service; they stay in the state store, and what is attached is left to a successor where
  // somebody keeps it.
  ~FunctionTable();
  FunctionTable(const FunctionTable&) = delete;
  FunctionTable& operator=(const FunctionTable&) = delete;

  // Every failure leaves nothing behind.
  Result<FunctionReport> create(FunctionSpec spec);
  // Refuses while a guest is attached, unless forced. The disk's content stays.
  Result<void> remove(const std::string& name, bool is_forced);
  struct Resized {
    uint64_t old_capacity_bytes = 0;
    uint64_t capacity_bytes = 0;
  };
  // 0 asks the disk how large it is now.
  Result<Resized> resize(const std::string& name, uint64_t capacity_bytes);

  // Serves one queue, or all where none is named, on another reactor.
  Result<FunctionReport> move(const std::string& name, std::optional<uint32_t> queue, uint32_t reactor);
  // Moves all that is on that reactor to others, one function after the other; stops at the first that cannot.
  Result<void> vacate(uint32_t reactor);
  // Counts at once, also for I/O that waits.
  Result<FunctionReport> limit(const std::string& name, const LimitChange& change);

  // What a manager wants to be remembered of it.
  Result<void> set_origin(const std::string& name, const std::string& origin);

  // Paths of a function on iSCSI targets, under I/O; remembered. (function_table_paths.cc)
  Result<FunctionReport> add_path(const std::string& name, PathSpec path);
  Result<FunctionReport> remove_path(const std::string& name, uint32_t id);
  Result<FunctionReport> take_path_out(const std::string& name, uint32_t id);
  // Takes it back as well, where it was taken out.
  Result<FunctionReport> retry_path(const std::string& name, uint32_t id);
  Result<FunctionReport> change_path_rules(const std::string& name, const PathsChange& change);

  Result<FunctionReport> report(const std::string& name);
  enum class Detail : uint8_t {
    counters,    // all but `connection`
    connection,  // asks each function's reactor
  };
  std::vector<FunctionReport> reports(Detail detail);
  FunctionCounts counts();

  // (function_table_watch.cc)
  Result<Explanation> explain(const std::string& name);
  // One look at all functions. One call at a time.
  void watch(FunctionWatches& watches, const WatchLimits& limits, uint64_t now_ns, EventLog& events);

  // Serves a function in quarantine again.
  Result<FunctionReport> release(const std::string& name);
  // Leaves what is attached to a successor: nobody is disconnected, and nothing is served any more. True where nothing
  // is under way any more either; otherwise a successor must not begin before this process has ended: two would write
  // to one ring. At the end, once.
  bool hand_over();

  // At start-up: everything of the state store; what cannot be served is kept as failed.
  void restore_all();
  // Now and then: tries failed functions again, and records what iSCSI disks have become.
  void look_after();

 private:
  struct Entry {
    FunctionSpec spec;
    FunctionState state = FunctionState::changing;
    std::string reason;
    bool is_busy = true;  // one call changes it now; its `served` is not replaced by others meanwhile
    std::unique_ptr<ServedFunction> served;
  };

  template <typename Change>
  Result<FunctionReport> change_paths(const std::string& name, const char* outcome, Change change);
  Result<void> check_places(const FunctionSpec& spec, const std::vector<PathSpec>& paths);
  Result<void> check_places_locked(const FunctionSpec& spec, const std::vector<PathSpec>& paths) const;
  static std::vector<PathReport> path_reports_of(const Entry& entry);

  Result<void> reserve(const FunctionSpec& spec);
  Result<Entry*> take(const std::string& name);
  Result<Entry*> take_in_turn(const std::string& name);
  void give_back(Entry& entry);
  void set_free(Entry& entry);  // with mutex_ held
  void forget(const std::string& name);
  Result<void> check_identity(const FunctionSpec& spec);
  Result<FunctionReport> finish_create(const FunctionSpec& spec, std::unique_ptr<ServedFunction> served);
  Result<void> remember(const FunctionSpec& spec);
  Result<void> remember_size(Entry& entry, uint64_t old_capacity_bytes);
  Result<void> change_limits(Entry& entry, const LimitChange& change);
  void try_again(const std::string& name);
  bool look_at_quarantine(Entry& entry);
  ServedFunction::Source source() { return {parts_, kept_}; }
  void record_lun(const std::string& name);
  FunctionReport report_of(Entry& entry, Detail detail);
  std::string socket_path_of(const FunctionSpec& spec) const;

  // Fixed after construction
  StateStore& store_;
  QosTable& qos_;
  FunctionParts& parts_;
  KeptThings& kept_;
  const std::string socket_dir_;

  // Any thread, under mutex_
  std::mutex mutex_;
  std::condition_variable freed_;  // some entry is busy no more
  std::map<std::string, Entry, std::less<>> entries_;
  bool is_handed_over_ = false;
  StageHistograms watched_stages_;
};

}  // namespace laneway
