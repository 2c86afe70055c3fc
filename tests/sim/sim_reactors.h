#pragma once
// SimReactors turns the reactors of a simulation, in an order drawn from a Random, and lets each of them really sleep
// while the others go on. The first is home to the function; a second one has its own kernel port on the same host.
// Owned by the simulation; one thread.

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "frontend/request_pool.h"
#include "reactor/reactor.h"
#include "sim/sim_kernel.h"

namespace laneway::sim {

class SimReactors final : private Neighbours {
 public:
  // Whether to go on: asked between turns.
  class Course {
   public:
    virtual bool is_over() = 0;

   protected:
    ~Course() = default;
  };

  SimReactors(SimKernel& kernel, uint32_t count, Random& random);
  ~SimReactors();
  // Their process was killed: none of them turns any more.
  void die();

  uint32_t count() const { return away_ ? 2 : 1; }
  Reactor& reactor(uint32_t index) { return index == 0 ? home_ : away_->reactor; }
  Reactor& home() { return home_; }
  RequestPool& away_pool() { return away_->pool; }
  uint64_t turns() const;
  size_t operations_in_flight() const;
  std::string describe_operations() const;

  // Turns until the course is over.
  void run(Course& course);
  // A turn of each; where none has work, time passes.
  void turn_each();

 private:
  bool work_beside() override;
  void turn_one(Reactor& reactor);

  // Fixed after construction
  SimKernel& kernel_;
  Random& random_;

  Reactor home_;
  struct Away {
    explicit Away(SimKernel& first) : kernel(first) {}
    SimKernel kernel;
    Reactor reactor{kernel, Reactor::Options{}};
    RequestPool pool{reactor, {.slots = 64, .medium_blocks = 4, .large_blocks = 1}};
  };
  std::optional<Away> away_;
  Course* course_ = nullptr;
};

}  // namespace laneway::sim
