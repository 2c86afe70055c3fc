#include "sim/sim_reactors.h"

namespace laneway::sim {

SimReactors::SimReactors(SimKernel& kernel, uint32_t count, Random& random)
    : kernel_(kernel), random_(random), home_(kernel, Reactor::Options{}) {
  LW_ASSERT(count == 1 || count == 2);
  if (count == 2) away_.emplace(kernel);
  kernel.host().neighbours = this;
}

SimReactors::~SimReactors() {
  Neighbours& neighbours = *this;
  if (kernel_.host().neighbours == &neighbours) kernel_.host().neighbours = nullptr;
}

void SimReactors::die() {
  kernel_.host().neighbours = nullptr;
  kernel_.die();
  if (away_) away_->kernel.die();
}

uint64_t SimReactors::turns() const { return home_.counters().turns + (away_ ? away_->reactor.counters().turns : 0); }

size_t SimReactors::operations_in_flight() const {
  return kernel_.operations_in_flight() + (away_ ? away_->kernel.operations_in_flight() : 0);
}

std::string SimReactors::describe_operations() const {
  return kernel_.describe_operations() + (away_ ? away_->kernel.describe_operations() : "");
}

void SimReactors::run(Course& course) {
  course_ = &course;
  while (!course.is_over()) turn_one(away_ && random_.one_in(2) ? away_->reactor : home_);
  course_ = nullptr;
}

void SimReactors::turn_one(Reactor& reactor) {
  if (!reactor.turn() && !random_.one_in(4)) reactor.sleep_until_work();
  kernel_.pass(random_.below(2 * kMicrosecond));
}

// With two reactors the other one is awake, or this would not be asked.
bool SimReactors::work_beside() {
  if (course_ == nullptr || course_->is_over()) return false;
  turn_one(kernel_.is_asleep() ? away_->reactor : home_);
  return true;
}

void SimReactors::turn_each() {
  bool has_worked = home_.turn();
  if (!away_) {
    if (!has_worked) kernel_.sleep(kernel_.clock().now_ns() + kMillisecond);
    return;
  }
  has_worked |= away_->reactor.turn();
  if (!has_worked) kernel_.pass(100 * kMicrosecond);
}

}  // namespace laneway::sim
