#pragma once
// ThrottledQueue is a BlockQueue before another one: requests wait in it until their function's and group's limits
// justify them. Where nothing is limited they pass without being looked at. Owned by the front-end that opened it. Home
// reactor only.

#include <array>
#include <memory>

#include "block/block.h"
#include "qos/throttle.h"
#include "reactor/reactor.h"

namespace laneway {

class ThrottledQueue final : public BlockQueue {
 public:
  // `throttle` outlives the queue.
  ThrottledQueue(std::unique_ptr<BlockQueue> inner, Throttle& throttle, Reactor& reactor);
  ~ThrottledQueue() override;

  void submit(std::span<BlockRequest* const> batch) override {
    if (plan_ == nullptr && throttle_.plan() == nullptr) [[likely]]
      return inner_->submit(batch);
    submit_in_line(batch);
  }
  uint32_t poll(uint64_t now_ns) override {
    if (is_draining_ || has_news()) [[unlikely]]
      return poll_after_change(now_ns);
    return inner_->poll(now_ns);
  }
  bool wants_poll() const override { return is_draining_ || has_news() || inner_->wants_poll(); }
  Patience patience() const override { return inner_->patience(); }
  bool tell(BlockTrace& trace) const override { return inner_->tell(trace); }
  void drain() override;
  bool is_drained() const override { return waiting_ == 0 && inner_->is_drained(); }

 private:
  // How far the first of a line has come.
  enum class Stage : uint8_t { nowhere, own_paces, group_paces };
  // Requests that wait in their order of arrival. A waiting request's queue_word is when it came.
  struct Line {
    IntrusiveList<BlockRequest> requests;
    Stage stage = Stage::nowhere;
    uint64_t go_ns = 0;   // of that stage
    uint8_t held_by = 0;  // the limit that somebody in the line waited for last

    void wait_until(const PaceSet::Place& place, bool is_of_group, uint64_t now_ns) {
      go_ns = place.start_ns;
      if (go_ns > now_ns) held_by = encode_held_by({place.rate, is_of_group});
    }
  };

  bool has_news() const { return throttle_.plan() != plan_; }
  uint32_t poll_after_change(uint64_t now_ns);
  void submit_in_line(std::span<BlockRequest* const> batch);
  Line& line_of(const BlockRequest& request) { return lines_[is_split_ && request.op != BlockOp::read ? 1 : 0]; }
  // Lets go of all that is justified by now, and arms the timer for the next.
  void advance(uint64_t now_ns);
  // When the first of the line may go; at or before now_ns where that is now.
  uint64_t time_of_first(Line& line, uint64_t now_ns);
  uint64_t pass_group(Line& line, const QosCharge& charge, uint64_t now_ns);
  void let_go(BlockRequest& request, uint64_t now_ns);
  void pass_on();
  void step_back(Line& line);
  void adopt_plan(uint64_t now_ns);
  void split_lines(bool is_split);
  uint32_t abort_waiting();
  void report_waiting();
  void time_has_come();

  // Fixed after construction
  const std::unique_ptr<BlockQueue> inner_;
  Throttle& throttle_;
  Reactor& reactor_;

  ThrottlePlan* plan_ = nullptr;
  std::array<Line, 2> lines_;  // all requests, or reads and what writes
  uint32_t waiting_ = 0;
  uint32_t reported_waiting_ = 0;
  bool is_split_ = false;
  bool is_draining_ = false;
  Timer timer_{this, fire_by<&ThrottledQueue::time_has_come>};
  std::array<BlockRequest*, 64> justified_{};
  uint32_t justified_count_ = 0;
};

}  // namespace laneway
