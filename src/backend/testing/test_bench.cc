#include "backend/testing/test_bench.h"

#include <algorithm>

namespace laneway {

TestBench::TestBench() : alarm_(this, fire_by<&TestBench::ring>) {
  UringPort::Options options;
  options.submission_entries = 256;
  options.completion_entries = 2048;
  auto port = UringPort::open(options);
  LW_ASSERT(port.has_value());
  own_port_ = std::move(*port);
  reactor_ = std::make_unique<Reactor>(*own_port_, Reactor::Options{.spin_ns = 0});
}

TestBench::TestBench(KernelPort& kernel) : alarm_(this, fire_by<&TestBench::ring>) {
  reactor_ = std::make_unique<Reactor>(kernel, Reactor::Options{.spin_ns = 0});
}

TestBench::~TestBench() {
  close_all();
  // Letters and closes of the last turn.
  reactor_->turn();
}

BlockQueue& TestBench::open_queue(BlockDevice& device) {
  auto queue = device.open_queue(*reactor_);
  LW_ASSERT(queue.has_value());
  pollers_.push_back(std::make_unique<QueuePoller>(std::move(*queue)));
  reactor_->add(*pollers_.back());
  return *pollers_.back()->queue;
}

void TestBench::close(BlockQueue& queue) {
  queue.drain();
  const bool is_drained = turn_until([&queue] { return queue.is_drained(); });
  LW_ASSERT(is_drained);
  const auto found = std::find_if(pollers_.begin(), pollers_.end(),
                                  [&queue](const auto& poller) { return poller->queue.get() == &queue; });
  reactor_->remove(**found);
  pollers_.erase(found);
}

void TestBench::close_all() {
  while (!pollers_.empty()) close(*pollers_.back()->queue);
}

}  // namespace laneway
