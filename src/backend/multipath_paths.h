#pragma once
// LunPaths are the paths of one function and how requests are spread over them. Control threads change them while
// queues use them: a queue is rung and looks again. Part of an IscsiLun. Any thread.

#include <atomic>
#include <memory>
#include <vector>

#include "backend/bell.h"
#include "backend/guarded.h"
#include "backend/multipath_path.h"

namespace laneway {

enum class PathPolicy : uint8_t {
  failover,      // one path at a time: the preferred one, else that of the lowest number
  round_robin,   // all good paths in turn
  queue_depth,   // the good path with the fewest requests under way
  service_time,  // the good path that would have finished first, by how long it took lately
};

struct PathRules {
  PathPolicy policy = PathPolicy::queue_depth;
  uint64_t failback_ns = 10 * kSecond;  // how long a path that failed has to be well again before it is used
  friend bool operator==(const PathRules&, const PathRules&) = default;
};

class LunPaths {
 public:
  static constexpr uint32_t kPathsMax = 32;
  static constexpr uint64_t kRemovePatienceNs = 30 * kSecond;

  ~LunPaths();

  // A path of that number must not be there.
  LunPath& add(IscsiTarget& target, const LunPathOptions& options);
  // A control thread. Waits until no queue uses it; false, and it stays out, where that takes too long.
  bool remove(uint32_t id);
  LunPath* find(uint32_t id) const;
  // By number; each stays valid until remove().
  std::vector<LunPath*> all() const;
  size_t count() const;

  PathRules rules() const { return rules_.copy(); }
  void set_rules(const PathRules& rules);
  // Something about the paths changed: the queues look.
  void ring();
  // Joins every path that is not among the known ones, for a leg each.
  std::vector<LunPath*> join_new(const std::vector<LunPath*>& known);
  // A queue's bell, for as long as the queue lives.
  void enlist(Bell& bell);
  void delist(Bell& bell);

 private:
  // Any thread
  Guarded<std::vector<std::unique_ptr<LunPath>>> paths_;
  Guarded<PathRules> rules_;
  Guarded<std::vector<Bell*>> bells_;
};

}  // namespace laneway
