#pragma once
// Leftovers are the changes of files that a killed engine had handed to the kernel: each happens later or never, and
// the descriptions of the files, with their locks, stay until that is decided. Owned by the SimHost; one thread.

#include <sys/uio.h>

#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "sim/actor.h"
#include "sim/sim_files.h"

namespace laneway::sim {

class Leftovers final : public Actor {
 public:
  enum class Kind : uint8_t { write, other };  // others may as well never have happened
  struct Change {
    Kind kind = Kind::other;
    std::vector<iovec> from;
    uint64_t offset_bytes = 0;
  };

  Leftovers(SimFiles& files, Random& random, Clock& clock) : files_(files), random_(random), clock_(clock) {}

  void add(int fd, Change change);
  bool is_empty() const { return pending_.empty(); }

  uint64_t next_event_ns() const override;
  void act(uint64_t now_ns) override;

 private:
  struct Pending {
    UniqueFd fd;
    Change change;
    uint64_t due_ns = 0;
    bool is_lost = false;
  };

  // Fixed after construction
  SimFiles& files_;
  Random& random_;
  Clock& clock_;

  std::vector<Pending> pending_;
};

}  // namespace laneway::sim
