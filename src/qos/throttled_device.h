#pragma once
// ThrottledDevice is a BlockDevice before another one, whose queues follow a Throttle. Control threads make it between
// a disk and its front-end; neither disk nor throttle are its own, both outlive it.

#include <memory>
#include <string>

#include "block/block.h"
#include "qos/throttle.h"
#include "qos/throttled_queue.h"

namespace laneway {

class ThrottledDevice final : public BlockDevice {
 public:
  ThrottledDevice(BlockDevice& inner, Throttle& throttle) : inner_(inner), throttle_(throttle) {}

  BlockGeometry geometry() const override { return inner_.geometry(); }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override {
    Result<std::unique_ptr<BlockQueue>> queue = inner_.open_queue(reactor);
    if (!queue) return queue;
    return std::make_unique<ThrottledQueue>(std::move(*queue), throttle_, reactor);
  }
  Result<void> resize(uint64_t capacity_bytes) override { return inner_.resize(capacity_bytes); }
  std::string describe() const override { return inner_.describe(); }
  std::string identity() const override { return inner_.identity(); }
  void watch(BlockDeviceWatcher* watcher) override { inner_.watch(watcher); }
  bool is_settled() const override { return inner_.is_settled(); }

 private:
  // Fixed after construction
  BlockDevice& inner_;
  Throttle& throttle_;
};

}  // namespace laneway
