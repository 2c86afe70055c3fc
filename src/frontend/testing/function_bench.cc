#include "frontend/testing/function_bench.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <cstdlib>

#include "vhost_user/message.h"

namespace laneway {

namespace {

uint64_t read_count(int fd) {
  uint64_t count = 0;
  uint64_t total = 0;
  while (::read(fd, &count, sizeof(count)) == sizeof(count)) total += count;
  return total;
}

}  // namespace

BenchReactor::BenchReactor(const RequestPool::Options& options) {
  auto port = UringPort::open({});
  LW_ASSERT(port.has_value());
  port_ = std::move(*port);
  reactor_ = std::make_unique<Reactor>(*port_, Reactor::Options{});
  pool_ = std::make_unique<RequestPool>(*reactor_, options);
}

void BenchReactor::turn(uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    reactor_->turn();
    for (BenchReactor* other : others_) other->turn();
    if (scene_ != nullptr) scene_->act();
  }
}

BenchFunction::BenchFunction(BenchReactor& bench, BlockDevice& disk, VhostBlkOptions options)
    : BenchFunction(bench, disk, std::move(options), bench.pool()) {}

BenchFunction::BenchFunction(BenchReactor& bench, BlockDevice& disk, VhostBlkOptions options,
                             const FunctionPlace& place)
    : bench_(bench) {
  char folder[] = "/tmp/laneway-test-XXXXXX";
  LW_ASSERT(::mkdtemp(folder) != nullptr);
  folder_ = folder;
  path_ = folder_ + "/vf.sock";
  auto listener = VhostBlkFunction::listen_at(path_);
  LW_ASSERT(listener.has_value());
  if (options.name.empty()) options.name = "bench";
  auto function = VhostBlkFunction::open(options, std::move(*listener), disk, place);
  LW_ASSERT(function.has_value());
  function_ = std::move(*function);
  bench_.turn();
}

void BenchFunction::close() {
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
  if (function_ == nullptr) return;
  struct Closed final : VhostBlkFunction::CloseListener {
    void closed(VhostBlkFunction& /*function*/) override { is_closed = true; }
    bool is_closed = false;
  };
  Closed closed;
  function_->begin_close(closed);
  LW_ASSERT(bench_.turn_until([&] { return closed.is_closed; }));
  function_.reset();
}

BenchGuest::BenchGuest(BenchReactor& bench, const std::string& path, const Options& options)
    : bench_(bench),
      options_(options),
      guest_(std::vector<uint64_t>{options.rings * (24ull << 20), 1 << 20}),
      socket_(FakeSocket::connect(path)) {
  for (uint32_t i = 0; i < options.rings; ++i) {
    Ring ring;
    ring.driver = std::make_unique<FakeDriver>(
        guest_, FakeDriver::Options{options.ring_size, options.has_event_index, uint16_t{0}});
    ring.disk = std::make_unique<FakeBlkDriver>(guest_, *ring.driver, options.requests);
    ring.kick = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    ring.error = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (options.calls_by_pipe) {
      int ends[2];
      LW_ASSERT(::pipe2(ends, O_CLOEXEC) == 0);
      ring.call_reader = UniqueFd(ends[0]);
      LW_ASSERT(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
      ring.call = UniqueFd(ends[1]);
    } else {
      ring.call = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    }
    rings_.push_back(std::move(ring));
  }
}

ScriptGuest BenchGuest::script() {
  uint64_t features = options_.features;
  if (options_.has_event_index) features |= virtio_feature::kEventIndex;
  ScriptGuest out{guest_, {}, features};
  for (Ring& ring : rings_) {
    // As a front-end knows it from GET_VRING_BASE, or guesses it where it got no answer.
    const uint16_t base = ring.driver->vring().used_index(std::memory_order_relaxed);
    out.rings.push_back({ring.driver.get(), ring.kick.get(), ring.call.get(), base});
  }
  return out;
}

std::optional<FakeMessage> BenchGuest::ask(FakeMessage message) {
  const uint32_t request = message.request();
  socket_.send(std::move(message));
  std::optional<FakeMessage> answer;
  bench_.turn_until([&] {
    answer = socket_.receive();
    return answer.has_value() || socket_.is_at_end();
  });
  if (answer && answer->request() != request) return std::nullopt;
  return answer;
}

bool BenchGuest::play(std::vector<FakeMessage> messages) {
  for (FakeMessage& message : messages) {
    using enum VhostUserRequest;
    const auto request = static_cast<VhostUserRequest>(message.request());
    const bool has_answer = request == get_features || request == get_protocol_features || request == get_queue_num ||
                            request == get_max_mem_slots || request == get_config || request == get_status ||
                            request == get_vring_base;
    const bool needs_reply = (message.flags() & kMessageNeedReply) != 0;
    if (!has_answer && !needs_reply) {
      socket_.send(std::move(message));
      continue;
    }
    const auto answer = ask(std::move(message));
    if (!answer || (!has_answer && answer->number() != 0)) return false;
  }
  // The last ones may have had no answer: a question shows that they were taken.
  return ask(FakeFrontend::get_features()).has_value();
}

bool BenchGuest::exchange_inflight() {
  const auto queues = static_cast<uint16_t>(rings_.size());
  if (!inflight_) {
    auto answer = ask(FakeFrontend::get_inflight_fd(queues, options_.ring_size));
    InflightWire wire;
    if (!answer || answer->descriptors.size() != 1 || !copy_out(answer->payload(), 0, wire)) return false;
    inflight_ = std::move(answer->descriptors[0]);
    inflight_bytes_ = wire.mmap_size_bytes;
  }
  UniqueFd copy(::fcntl(inflight_.get(), F_DUPFD_CLOEXEC, 0));
  std::vector<FakeMessage> messages;
  messages.push_back(FakeFrontend::set_inflight_fd(inflight_bytes_, 0, queues, options_.ring_size, std::move(copy)));
  return play(std::move(messages));
}

bool BenchGuest::attach() {
  if (!play(connect_script(options_.kind, script()))) return false;
  if (has_inflight(options_.kind) && !exchange_inflight()) return false;
  return play(start_script(options_.kind, script()));
}

void BenchGuest::publish(uint32_t ring) {
  if (rings_[ring].driver->publish()) kick(ring);
}

void BenchGuest::kick(uint32_t ring) {
  const uint64_t one = 1;
  LW_ASSERT(::write(rings_[ring].kick.get(), &one, sizeof(one)) == sizeof(one));
}

std::vector<FakeBlkDriver::Finished> BenchGuest::finish(uint32_t count, uint32_t ring) {
  publish(ring);
  std::vector<FakeBlkDriver::Finished> out;
  bench_.turn_until([&] {
    while (auto finished = rings_[ring].disk->take_finished()) out.push_back(*finished);
    return out.size() >= count;
  });
  return out;
}

uint64_t BenchGuest::calls(uint32_t ring) {
  return read_count(rings_[ring].call_reader ? rings_[ring].call_reader.get() : rings_[ring].call.get());
}

uint64_t BenchGuest::errors(uint32_t ring) { return read_count(rings_[ring].error.get()); }

void BenchGuest::want_errors() {
  for (uint32_t i = 0; i < rings_.size(); ++i) {
    socket_.send(FakeFrontend::set_vring_err(i, UniqueFd(::fcntl(rings_[i].error.get(), F_DUPFD_CLOEXEC, 0))));
  }
}

}  // namespace laneway
