#include "engine/reactor_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <ctime>

namespace laneway {

namespace {

uint64_t thread_cpu_time_ns(pthread_t thread) {
  clockid_t clock{};
  timespec used{};
  if (::pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<uint64_t>(used.tv_sec) * kSecond + static_cast<uint64_t>(used.tv_nsec);
}

Result<void> pin(pthread_t thread, uint32_t cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (cpu < CPU_SETSIZE) CPU_SET(cpu, &cpus);
  const int outcome = ::pthread_setaffinity_np(thread, sizeof(cpus), &cpus);
  if (outcome == 0) return {};
  return fail(ErrorCode::invalid_argument,
              "CPU {} cannot be used: {}; give one that the engine may run on (--cpu, at its start --cpus).", cpu,
              errno_text(outcome));
}

tl::unexpected<Error> no_reactor(uint32_t index) {
  return fail(ErrorCode::not_found, "there is no reactor {}; laneway reactor list shows those there are.", index);
}

}  // namespace

Result<std::unique_ptr<ReactorPool>> ReactorPool::open(const Options& options) {
  auto pool = std::unique_ptr<ReactorPool>(new ReactorPool(options.spin_ns));
  // Its work is rare and may wait for a wake-up.
  Result<std::unique_ptr<Runner>> control = start("control", 0, std::nullopt);
  if (!control) return pass_on(control);
  pool->control_ = std::move(*control);
  for (uint32_t i = 0; i < options.count; ++i) {
    std::optional<uint32_t> cpu;
    if (!options.cpus.empty()) cpu = options.cpus[i % options.cpus.size()];
    if (Result<ReactorReport> added = pool->add(cpu); !added) return pass_on(added);
  }
  return pool;
}

ReactorPool::~ReactorPool() = default;

Result<std::unique_ptr<ReactorPool::Runner>> ReactorPool::start(const std::string& name, uint64_t spin_ns,
                                                                std::optional<uint32_t> cpu) {
  Result<std::unique_ptr<UringPort>> port = UringPort::open({});
  if (!port) return pass_on(port);
  auto runner = std::make_unique<Runner>(std::move(*port), spin_ns, name.substr(0, 15));
  if (const int outcome = runner->begin(); outcome != 0) {
    return fail(ErrorCode::no_space, "no thread can be started: {}; raise the limit of threads (ulimit -u, TasksMax).",
                errno_text(outcome));
  }
  if (cpu) {
    if (Result<void> pinned = pin(*runner->thread, *cpu); !pinned) return pass_on(pinned);
  }
  return runner;
}

int ReactorPool::Runner::begin() {
  const auto run = [](void* self) -> void* {
    auto& runner = *static_cast<Runner*>(self);
    // A thread names itself: the name of another goes through a file, which a confined engine cannot open.
    ::pthread_setname_np(::pthread_self(), runner.name.c_str());
    runner.reactor.run();
    return nullptr;
  };
  pthread_t started{};
  const int outcome = ::pthread_create(&started, nullptr, run, this);
  if (outcome == 0) thread = started;
  return outcome;
}

ReactorPool::Runner::~Runner() {
  reactor.stop();
  if (thread) ::pthread_join(*thread, nullptr);
}

// Reactors that come and go

Result<ReactorReport> ReactorPool::add(std::optional<uint32_t> cpu) {
  const std::lock_guard lock(mutex_);
  const auto free = std::find(lanes_.begin(), lanes_.end(), nullptr);
  const auto index = static_cast<uint32_t>(free - lanes_.begin());
  if (index == kCountMax) {
    return fail(ErrorCode::no_space, "there are {} reactors, the most that an engine has.", kCountMax);
  }
  Result<std::unique_ptr<Runner>> runner = start(fmt::format("reactor-{}", index), spin_ns_, cpu);
  if (!runner) return pass_on(runner);
  if (free == lanes_.end()) lanes_.emplace_back();
  lanes_[index] = std::make_unique<Lane>(std::move(*runner));
  lanes_[index]->cpu = cpu;
  return report_of(index, *lanes_[index]);
}

ReactorPool::Lane* ReactorPool::find(uint32_t index) { return index < lanes_.size() ? lanes_[index].get() : nullptr; }

Result<void> ReactorPool::retire(uint32_t index) {
  const std::lock_guard lock(mutex_);
  Lane* lane = find(index);
  if (lane == nullptr) return no_reactor(index);
  if (lane->is_retired) return fail(ErrorCode::in_use, "it is being removed by another call.");
  const bool has_other = std::any_of(lanes_.begin(), lanes_.end(),
                                     [&](const auto& each) { return each && each.get() != lane && !each->is_retired; });
  if (!has_other) return fail(ErrorCode::in_use, "it is the last one; add another first (laneway reactor add).");
  lane->is_retired = true;
  return {};
}

void ReactorPool::reinstate(uint32_t index) {
  const std::lock_guard lock(mutex_);
  if (Lane* lane = find(index); lane != nullptr) lane->is_retired = false;
}

Result<void> ReactorPool::remove(uint32_t index) {
  std::unique_ptr<Lane> removed;  // ends after the lock
  const std::lock_guard lock(mutex_);
  Lane* lane = find(index);
  if (lane == nullptr) return no_reactor(index);
  LW_ASSERT(lane->is_retired);
  if (lane->functions > 0) {
    return fail(ErrorCode::in_use, "{} functions are on it that came meanwhile; try again.", lane->functions);
  }
  removed = std::move(lanes_[index]);
  return {};
}

// Functions on them

Result<void> ReactorPool::join(uint32_t index) {
  const std::lock_guard lock(mutex_);
  Lane* lane = find(index);
  if (lane == nullptr) return no_reactor(index);
  if (lane->is_retired) return fail(ErrorCode::in_use, "reactor {} is being removed; choose another.", index);
  ++lane->functions;
  return {};
}

std::vector<uint32_t> ReactorPool::join_least_loaded(uint32_t wanted) {
  const std::lock_guard lock(mutex_);
  std::vector<uint32_t> indices;
  for (uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i] && !lanes_[i]->is_retired) indices.push_back(i);
  }
  std::stable_sort(indices.begin(), indices.end(),
                   [this](uint32_t a, uint32_t b) { return lanes_[a]->functions < lanes_[b]->functions; });
  indices.resize(std::min<size_t>(indices.size(), std::max(wanted, 1u)));
  for (const uint32_t index : indices) ++lanes_[index]->functions;
  return indices;
}

void ReactorPool::leave(uint32_t index) {
  const std::lock_guard lock(mutex_);
  --lanes_[index]->functions;
}

RequestPool& ReactorPool::requests(uint32_t index) {
  const std::lock_guard lock(mutex_);
  return lanes_[index]->requests;
}

// All of them

ReactorReport ReactorPool::report_of(uint32_t index, const Lane& lane) {
  ReactorReport report;
  report.index = index;
  report.cpu = lane.cpu;
  report.counters = lane.runner->reactor.counters();
  report.cpu_time_ns = thread_cpu_time_ns(*lane.runner->thread);
  report.functions = lane.functions;
  return report;
}

std::vector<ReactorReport> ReactorPool::report() const {
  const std::lock_guard lock(mutex_);
  std::vector<ReactorReport> reports;
  for (uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i]) reports.push_back(report_of(i, *lanes_[i]));
  }
  return reports;
}

void ReactorPool::wait_for_turns() {
  const std::lock_guard lock(mutex_);
  for (const auto& lane : lanes_) {
    if (lane) run_on(lane->runner->reactor, [] {});
  }
}

}  // namespace laneway
