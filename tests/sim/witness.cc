#include "sim/witness.h"

#include <fmt/format.h>

#include "frontend/blk_slot.h"
#include "frontend/lane_post.h"

namespace laneway::sim {

class Witness::Queue final : public BlockQueue, public BlockRequestOwner {
 public:
  Queue(Witness& witness, std::unique_ptr<BlockQueue> inner, Reactor& reactor)
      : witness_(witness), inner_(std::move(inner)), reactor_(reactor) {}

  void submit(std::span<BlockRequest* const> batch) override {
    std::vector<BlockRequest*> passed;
    for (BlockRequest* request : batch) {
      if (!witness_.arrived(*request, *this, reactor_.now_ns())) continue;
      (is_answered_early(*request) ? early_ : passed).push_back(request);
    }
    if (!passed.empty()) inner_->submit(passed);
  }
  uint32_t poll(uint64_t now_ns) override {
    const std::vector<BlockRequest*> early = std::exchange(early_, {});
    for (BlockRequest* request : early) finish(*request, Status::ok);
    return inner_->poll(now_ns) + static_cast<uint32_t>(early.size());
  }
  bool wants_poll() const override { return !early_.empty() || inner_->wants_poll(); }
  Patience patience() const override { return inner_->patience(); }
  void drain() override { inner_->drain(); }
  bool is_drained() const override { return early_.empty() && inner_->is_drained(); }

  void finish(BlockRequest& request, Status status) override { witness_.finished(request, status, reactor_); }

 private:
  bool is_answered_early(BlockRequest& request) const {
    if (witness_.scenario_.plant != Plant::flush_is_answered_early) return false;
    request.is_fua = false;
    return request.op == BlockOp::flush;
  }

  Witness& witness_;
  const std::unique_ptr<BlockQueue> inner_;
  Reactor& reactor_;
  std::vector<BlockRequest*> early_;  // planted
};

Result<std::unique_ptr<BlockQueue>> Witness::open_queue(Reactor& reactor) {
  Result<std::unique_ptr<BlockQueue>> queue = disk_.open_queue(reactor);
  if (!queue) return queue;
  return std::make_unique<Queue>(*this, std::move(*queue), reactor);
}

// False where it goes no further.
bool Witness::arrived(BlockRequest& request, Queue& queue, uint64_t now_ns) {
  if (request.deadline_ns != now_ns + scenario_.deadline_ns) {
    model_.add_fault(fmt::format("a request reaches the disk with {} us until its deadline instead of {}",
                                 (static_cast<int64_t>(request.deadline_ns) - static_cast<int64_t>(now_ns)) / 1000,
                                 scenario_.deadline_ns / 1000));
  }
  if (std::exchange(loses_next_, false)) return false;
  if (is_order_known_) {
    const std::string wrong = order_.arrived(static_cast<BlkSlot&>(request).chain.head());
    if (!wrong.empty()) model_.add_fault(wrong);
  }
  const auto [place, is_new] = under_way_.try_emplace(&request, Seen{request.owner, now_ns, false});
  if (!is_new) model_.add_fault("a request reaches the disk again before it has finished");
  request.owner = &queue;
  return true;
}

void Witness::finished(BlockRequest& request, Status status, Reactor& reactor) {
  const auto found = under_way_.find(&request);
  if (found == under_way_.end()) return model_.add_fault("a request finished that is not under way");
  const Seen seen = found->second;
  under_way_.erase(found);
  request.owner = seen.owner;
  const uint64_t age_ns = reactor.now_ns() - seen.arrived_ns;
  if (status == Status::timed_out && age_ns < scenario_.deadline_ns) {
    model_.add_fault(fmt::format("a request timed out after {} ms at the disk, its deadline was {} ms",
                                 age_ns / kMillisecond, scenario_.deadline_ns / kMillisecond));
  }
  if (age_ns > scenario_.deadline_ns + kAnswerGraceNs) {
    model_.add_fault(fmt::format("a request took {} ms at the disk, its deadline was {} ms", age_ns / kMillisecond,
                                 scenario_.deadline_ns / kMillisecond));
  }
  if (scenario_.guest == GuestKind::vhost) check_place(request, reactor);
  if (!seen.is_forgotten) request.owner->finish(request, status);
}

void Witness::check_place(const BlockRequest& request, const Reactor& reactor) {
  const BlkRing& ring = *static_cast<const BlkSlot&>(request).ring;
  if (&ring.post->pool().reactor() == &reactor) return;
  model_.add_fault(
      fmt::format("a request of ring {} finished on one reactor while another had the ring", ring.index()));
}

void Witness::forget_requests_of_rings_elsewhere(const std::vector<RequestPool*>& placement) {
  std::vector<bool> is_done(placement.size());
  for (auto& [request, seen] : under_way_) {
    auto& slot = static_cast<BlkSlot&>(*request);
    const uint32_t ring = slot.ring->index();
    if (seen.is_forgotten || is_done[ring] || &slot.ring->post->pool() == placement[ring]) continue;
    is_done[ring] = seen.is_forgotten = true;
    slot.ring->queue().abandon(std::move(slot.chain));
  }
}

}  // namespace laneway::sim
