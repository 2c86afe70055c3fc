// Lanes on threads of their own, as in production: what only a race could break (also the ThreadSanitizer's business).
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <thread>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

// A disk whose queues share its content and nothing else.
class SharedDisk final : public BlockDevice {
 public:
  std::vector<uint8_t> content = std::vector<uint8_t>(1 << 20);

  BlockGeometry geometry() const override {
    BlockGeometry geometry;
    geometry.capacity_bytes = content.size();
    geometry.can_discard = geometry.can_write_zeroes = true;
    return geometry;
  }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& /*reactor*/) override {
    return std::make_unique<Queue>(content);
  }
  Result<void> resize(uint64_t /*bytes*/) override { return {}; }
  std::string describe() const override { return "shared"; }
  std::string identity() const override { return {}; }
  void watch(BlockDeviceWatcher* /*watcher*/) override {}

 private:
  class Queue final : public BlockQueue {
   public:
    explicit Queue(std::vector<uint8_t>& content) : content_(content) {}
    void submit(std::span<BlockRequest* const> batch) override {
      waiting_.insert(waiting_.end(), batch.begin(), batch.end());
    }
    uint32_t poll(uint64_t /*now_ns*/) override {
      uint32_t finished = 0;
      for (; !waiting_.empty(); ++finished) {
        BlockRequest& request = *waiting_.front();
        waiting_.pop_front();
        uint8_t* place = content_.data() + request.offset_bytes;
        for (const iovec& segment : request.segments) {
          auto* bytes = static_cast<uint8_t*>(segment.iov_base);
          if (request.op == BlockOp::read) std::copy_n(place, segment.iov_len, bytes);
          if (request.op == BlockOp::write) std::copy_n(bytes, segment.iov_len, place);
          place += segment.iov_len;
        }
        request.owner->finish(request, Status::ok);
      }
      return finished;
    }
    bool wants_poll() const override { return !waiting_.empty(); }
    void drain() override {}
    bool is_drained() const override { return waiting_.empty(); }

   private:
    std::vector<uint8_t>& content_;
    std::deque<BlockRequest*> waiting_;
  };
};

TEST(LanesOnThreads, RingsMoveUnderLoadAndNothingIsLost) {
  constexpr uint32_t kRings = 4;
  BenchReactor home;
  BenchReactor away;
  struct Running {
    explicit Running(Reactor& to_run) : reactor(to_run), thread([&to_run] { to_run.run(); }) {}
    ~Running() {
      reactor.stop();
      thread.join();
    }
    Reactor& reactor;
    std::thread thread;
  };
  const Running running(away.reactor());
  SharedDisk disk;
  {
    BenchFunction function(home, disk);
    BenchGuest guest(home, function.path(), {.rings = kRings});
    ASSERT_TRUE(guest.attach());
    for (uint32_t round = 0; round < 40; ++round) {
      std::vector<RequestPool*> place;
      for (uint32_t ring = 0; ring < kRings; ++ring) {
        place.push_back((round + ring) % 3 == 0 ? &home.pool() : &away.pool());
      }
      function.service().place_rings(place);
      const std::vector<uint8_t> data(4096, static_cast<uint8_t>(round + 1));
      for (uint32_t ring = 0; ring < kRings; ++ring) {
        ASSERT_TRUE(guest.disk(ring).write(8 * ring, data).has_value());
        const auto written = guest.finish(1, ring);
        ASSERT_EQ(written.size(), 1u) << round;
        EXPECT_EQ(written[0].status, 0);
        ASSERT_TRUE(guest.disk(ring).read(8 * ring, 4096).has_value());
        const auto read = guest.finish(1, ring);
        ASSERT_EQ(read.size(), 1u) << round;
        EXPECT_TRUE(std::equal(data.begin(), data.end(), read[0].data.begin()));
      }
      (void)function.function().stats();
    }
    EXPECT_TRUE(home.turn_until([&] { return function.service().is_settled(); }));
    EXPECT_EQ(function.function().stats().writes, 40u * kRings);
    EXPECT_EQ(function.function().stats().errors, 0u);
  }
}

}  // namespace
}  // namespace laneway
