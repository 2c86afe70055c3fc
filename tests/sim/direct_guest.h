#pragma once
// DirectGuest uses a BlockDevice as a front-end does, without rings: it submits batches of BlockRequests on the reactor
// and takes what finishes. Owned by the simulation; everything happens on the reactor.

#include <array>
#include <memory>
#include <vector>

#include "base/random.h"
#include "block/block.h"
#include "reactor/reactor.h"
#include "sim/guest.h"
#include "sim/scenario.h"
#include "sim/workload.h"

namespace laneway::sim {

class DirectGuest final : public Guest, private Poller, private BlockRequestOwner {
 public:
  struct Options {
    WorkloadOptions workload;
    uint64_t deadline_ns = 10 * kSecond;
    bool is_durable = false;  // every write is forced to stable storage
    Plant plant = Plant::none;
  };

  DirectGuest(const Options& options, Reactor& reactor, BlockDevice& device, Referee& referee, Random& random);
  ~DirectGuest() override;

  void start() override;
  void stop_submitting() override { left_ = 0; }
  bool has_submitted_all() const override { return left_ == 0; }
  bool is_idle() const override { return in_flight_ == 0 && sweep_ == 0; }
  void read_everything() override;
  void leave() override;
  bool is_gone() const override { return queue_ == nullptr; }
  std::string describe() const override;

 private:
  static constexpr uint32_t kPiecesMax = 8;
  struct Io {
    BlockRequest request;
    std::vector<uint8_t> bytes;
    std::array<iovec, kPiecesMax> pieces{};
    OpId id = 0;
    uint64_t began_ns = 0;
    ModelOp kind = ModelOp::read;
    bool is_in_flight = false;
  };

  uint32_t poll(uint64_t now_ns) override;
  bool arm_wake_up() override { return !queue_->wants_poll(); }
  void finish(BlockRequest& request, Status status) override;
  void time_came() {}
  uint32_t submit_some(uint64_t now_ns);
  void prepare(Io& io, const Wish& wish, uint64_t now_ns);
  void cut_into_pieces(Io& io);
  Io* free_io();
  bool next_wish(Wish& wish);

  // Fixed after construction
  const Options options_;
  Reactor& reactor_;
  BlockDevice& device_;
  Referee& referee_;
  Random& random_;

  Workload workload_;
  std::unique_ptr<BlockQueue> queue_;
  std::vector<std::unique_ptr<Io>> ios_;
  Timer timer_;  // only ends a sleep
  uint64_t next_ns_ = 0;
  uint64_t left_ = 0;
  uint64_t sweep_ = 0;  // sectors of the last pass still to read
  uint32_t in_flight_ = 0;
  uint64_t finished_ = 0;
  bool is_in_submit_ = false;
  bool is_leaving_ = false;
};

}  // namespace laneway::sim
