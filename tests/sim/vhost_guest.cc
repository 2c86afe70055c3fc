#include "sim/vhost_guest.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cmath>

#include "virtio/blk.h"

namespace laneway::sim {

namespace {

constexpr uint32_t kBatchMax = 8;

uint64_t guest_bytes(const Scenario& scenario) {
  const uint64_t requests = std::max(1u, scenario.workload.depth / scenario.queues) * scenario.queues;
  const uint64_t data = requests * (scenario.workload.sectors_max * uint64_t{DiskModel::kSectorBytes} + 4096);
  return (data + 4 * kMiB + kMiB - 1) / kMiB * kMiB;
}

bool is_readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, 0) > 0;
}

}  // namespace

VhostGuest::VhostGuest(const Scenario& scenario, Clock& clock, std::string path, Referee& referee, Random& random)
    : scenario_(scenario),
      clock_(clock),
      referee_(referee),
      random_(random),
      path_(std::move(path)),
      workload_(scenario.workload, random),
      talk_(random, scenario.piece_one_in),
      queues_(scenario.queues),
      left_(scenario.workload.operations) {}

void VhostGuest::start() {
  make_rings();
  next_ns_ = clock_.now_ns();
}

void VhostGuest::engine_restarted() {
  for (Queue& queue : queues_) {
    for (Request& request : queue.requests) request.began_ns = clock_.now_ns();
  }
}

void VhostGuest::show_used_early(uint16_t head, size_t before) {
  Vring& ring = queues_[0].driver->vring();
  const auto index = static_cast<uint16_t>(ring.used_index(std::memory_order_relaxed) + before);
  ring.store_used_element(index, {head, 1});
  ring.store_used_index(static_cast<uint16_t>(index + 1), std::memory_order_relaxed);
}

void VhostGuest::make_rings() {
  for (Queue& queue : queues_) {  // they refer to the memory
    queue.blk.reset();
    queue.driver.reset();
  }
  if (!guest_) guest_ = std::make_unique<FakeGuest>(std::vector<uint64_t>(2, guest_bytes(scenario_)));
  guest_->rewind(GuestAddr{FakeGuest::kFirstAddress});
  const uint32_t depth = std::max(1u, scenario_.workload.depth / scenario_.queues);
  for (Queue& queue : queues_) {
    FakeDriver::Options ring;
    ring.size = static_cast<uint16_t>(scenario_.queue_size);
    ring.has_event_index = scenario_.has_event_index;
    queue.driver = std::make_unique<FakeDriver>(*guest_, ring);
    FakeBlkDriver::Options blk;
    blk.requests = depth;
    blk.data_bytes_max = scenario_.workload.sectors_max * DiskModel::kSectorBytes;
    blk.is_indirect = scenario_.is_indirect;
    blk.segments = 1 + static_cast<uint32_t>(random_.below(scenario_.is_indirect ? 20 : scenario_.queue_size - 2));
    queue.blk = std::make_unique<FakeBlkDriver>(*guest_, *queue.driver, blk);
    queue.requests.assign(depth, Request{});
    queue.base = 0;
    queue.driver->set_calls(true);
  }
}

void VhostGuest::stop_submitting() { left_ = 0; }

uint32_t VhostGuest::in_flight() const {
  uint32_t count = 0;
  for (const Queue& queue : queues_) count += queue.blk->in_flight();
  return count;
}

bool VhostGuest::is_idle() const { return phase_ == Phase::running && in_flight() == 0 && sweep_ == 0; }

void VhostGuest::read_everything() {
  sweep_ = known_sectors_;
  trouble_ns_ = kNever;
  next_ns_ = clock_.now_ns();
}

void VhostGuest::leave() {
  left_ = sweep_ = 0;
  phase_ = Phase::gone;
  talk_.disconnect();
  forget_requests();
}

bool VhostGuest::has_room() const {
  return std::any_of(queues_.begin(), queues_.end(), [](const Queue& queue) {
    return queue.blk->in_flight() < queue.requests.size() && queue.driver->free_descriptors() > 0;
  });
}

uint64_t VhostGuest::next_event_ns() const {
  if (phase_ == Phase::gone) return kNever;
  uint64_t next_ns = phase_ == Phase::running ? trouble_ns_ : kNever;
  const bool wants_to_submit = phase_ == Phase::running && (left_ > 0 || sweep_ > 0) && has_room();
  if (wants_to_submit || phase_ == Phase::away || phase_ == Phase::stopped) next_ns = std::min(next_ns, next_ns_);
  if (!talk_.is_connected()) return next_ns;
  std::vector<pollfd> polled = {{talk_.socket(), POLLIN, 0}};
  if (talk_.channel() >= 0) polled.push_back({talk_.channel(), POLLIN, 0});
  for (const Queue& queue : queues_) {
    if (queue.call) polled.push_back({queue.call.get(), POLLIN, 0});
  }
  if (::poll(polled.data(), polled.size(), 0) > 0) return 0;
  const bool can_send = !talk_.is_through() && talk_.can_send();
  return can_send ? std::min(next_ns, clock_.now_ns()) : next_ns;
}

void VhostGuest::act(uint64_t now_ns) {
  if (phase_ == Phase::gone) return;
  if (phase_ == Phase::away) {
    if (now_ns >= next_ns_) connect(now_ns);
    return;
  }
  talk(now_ns);
  if (phase_ == Phase::away) return;
  for (Queue& queue : queues_) {
    uint64_t calls = 0;
    const bool was_called =
        queue.call && is_readable(queue.call.get()) && ::eventfd_read(queue.call.get(), &calls) == 0;
    if (was_called || random_.one_in(50)) take_finished(queue, now_ns);
  }
  if (phase_ == Phase::running && now_ns >= trouble_ns_) disturb(now_ns);
  if (phase_ == Phase::running && now_ns >= next_ns_) submit_some(now_ns);
}

void VhostGuest::take_finished(Queue& queue, uint64_t now_ns) {
  do {
    queue.driver->set_calls(false);
    while (const auto finished = queue.blk->take_finished()) finish(queue, *finished, now_ns);
  } while (!queue.driver->set_calls(true));
}

void VhostGuest::finish(Queue& queue, const FakeBlkDriver::Finished& finished, uint64_t now_ns) {
  DiskModel& model = referee_.model();
  Request& request = queue.requests[finished.id];
  const bool is_planted = ++finished_ % 100 == 0;
  if (is_planted && scenario_.plant == Plant::completion_is_lost) return;
  if (!request.is_in_flight)
    return model.add_fault(fmt::format("request {} of a ring was finished twice", finished.id));
  request.is_in_flight = false;
  const uint64_t age_ns = now_ns - request.began_ns;
  referee_.answered(request.kind, age_ns);
  if (finished.status == static_cast<uint8_t>(BlkStatus::ok)) {
    const bool is_read = request.kind == ModelOp::read;
    if (is_read && finished.used_length != finished.data.size() + 1) {
      model.add_fault(fmt::format("a read of {} bytes has used length {}", finished.data.size(), finished.used_length));
    }
    model.end_well(request.id, is_read ? finished.data : ByteView());
  } else {
    model.end_badly(request.id);
    // The engine that failed it may be dead by now.
    referee_.failed(request.kind, now_ns - request.first_began_ns,
                    fmt::format("virtio-blk status {}", finished.status));
  }
  if (is_planted && scenario_.plant == Plant::guest_counts_twice) model.end_well(request.id);
}

bool VhostGuest::next_wish(Wish& wish) {
  if (sweep_ > 0) {
    const uint64_t most = std::min<uint64_t>(64, scenario_.workload.sectors_max);
    wish = {ModelOp::read, {known_sectors_ - sweep_, static_cast<uint32_t>(std::min(sweep_, most))}};
    sweep_ -= wish.extent.sectors;
    return true;
  }
  if (left_ == 0) return false;
  --left_;
  wish = workload_.next(known_sectors_);
  return true;
}

void VhostGuest::submit_some(uint64_t now_ns) {
  const uint64_t wanted = 1 + random_.below(kBatchMax);
  for (uint64_t i = 0; i < wanted; ++i) {
    Queue& queue = queues_[random_.below(queues_.size())];
    const bool has_place = queue.blk->in_flight() < queue.requests.size() && queue.driver->free_descriptors() > 0;
    Wish wish;
    if (!has_place || !next_wish(wish)) continue;
    if (!submit(queue, wish, now_ns)) break;
    if (random_.one_in(4)) publish(queue);
  }
  for (Queue& queue : queues_) publish(queue);
  next_ns_ = now_ns + workload_.think_ns() + 1;
}

bool VhostGuest::submit(Queue& queue, const Wish& wish, uint64_t now_ns) {
  const bool is_durable = scenario_.is_durable && wish.kind != ModelOp::read;
  const OpId id = referee_.model().begin(wish.kind, wish.extent, is_durable);
  const auto slot = add(queue, wish, id);
  if (!slot) {  // the ring is full: it never was
    referee_.model().end_badly(id);
    if (wish.kind == ModelOp::read && sweep_ + wish.extent.sectors <= known_sectors_ && left_ == 0) {
      sweep_ += wish.extent.sectors;
    }
    return false;
  }
  queue.requests[*slot] = {id, wish.kind, now_ns, now_ns, true};
  return true;
}

std::optional<uint32_t> VhostGuest::add(Queue& queue, const Wish& wish, OpId id) {
  const uint32_t bytes = wish.extent.sectors * DiskModel::kSectorBytes;
  switch (wish.kind) {
    case ModelOp::read:
      return queue.blk->read(wish.extent.sector, bytes);
    case ModelOp::flush:
      return queue.blk->flush();
    case ModelOp::discard:
      return queue.blk->discard(wish.extent.sector, wish.extent.sectors);
    case ModelOp::write_zeroes:
      return queue.blk->write_zeroes(wish.extent.sector, wish.extent.sectors, random_.one_in(2));
    case ModelOp::write:
      break;
  }
  std::vector<uint8_t> data(bytes);
  referee_.model().fill(id, data);
  return queue.blk->write(wish.extent.sector, data);
}

void VhostGuest::publish(Queue& queue) {
  if (queue.driver->publish()) ::eventfd_write(queue.kick.get(), 1);
}

// The machine was reset: nobody will ever tell how they ended.
void VhostGuest::forget_requests() {
  for (Queue& queue : queues_) {
    for (Request& request : queue.requests) {
      if (request.is_in_flight) referee_.model().end_badly(request.id);
      request.is_in_flight = false;
    }
  }
}

std::string VhostGuest::describe() const {
  std::string text = fmt::format("guest in phase {}, {} in flight, {} to submit, {} to sweep", static_cast<int>(phase_),
                                 in_flight(), left_, sweep_);
  for (const Queue& queue : queues_) {
    for (const Request& request : queue.requests) {
      if (request.is_in_flight) text += fmt::format("; op {} kind {}", request.id, static_cast<int>(request.kind));
    }
  }
  return text;
}

}  // namespace laneway::sim
