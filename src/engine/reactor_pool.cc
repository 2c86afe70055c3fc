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

}  // namespace

Result<std::unique_ptr<ReactorPool>> ReactorPool::open(const Options& options) {
  auto pool = std::unique_ptr<ReactorPool>(new ReactorPool);
  for (uint32_t i = 0; i < options.count; ++i) {
    Result<std::unique_ptr<UringPort>> port = UringPort::open({});
    if (!port) return pass_on(port);
    pool->lanes_.push_back(std::make_unique<Lane>(std::move(*port), options.spin_ns));
    Lane& lane = *pool->lanes_.back();
    if (!options.cpus.empty()) lane.cpu = options.cpus[i % options.cpus.size()];
    lane.thread = std::thread([&lane] { lane.reactor.run(); });
    ::pthread_setname_np(lane.thread.native_handle(), fmt::format("reactor-{}", i).substr(0, 15).c_str());
    if (Result<void> pinned = pin(lane); !pinned) return pass_on(pinned);
  }
  return pool;
}

ReactorPool::~ReactorPool() {
  for (const auto& lane : lanes_) lane->reactor.stop();
  for (const auto& lane : lanes_) lane->thread.join();
}

Result<void> ReactorPool::pin(Lane& lane) {
  if (!lane.cpu) return {};
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (*lane.cpu < CPU_SETSIZE) CPU_SET(*lane.cpu, &cpus);
  const int outcome = ::pthread_setaffinity_np(lane.thread.native_handle(), sizeof(cpus), &cpus);
  if (outcome == 0) return {};
  return fail(ErrorCode::invalid_argument, "CPU {} cannot be used: {}; give CPUs of this machine with --cpus.",
              *lane.cpu, errno_text(outcome));
}

uint32_t ReactorPool::join_least_loaded() {
  const auto least = std::min_element(lanes_.begin(), lanes_.end(), [](const auto& a, const auto& b) {
    return a->functions.load(std::memory_order_relaxed) < b->functions.load(std::memory_order_relaxed);
  });
  // Relaxed: only a hint for the next choice.
  (*least)->functions.fetch_add(1, std::memory_order_relaxed);
  return static_cast<uint32_t>(least - lanes_.begin());
}

void ReactorPool::leave(uint32_t index) { lanes_[index]->functions.fetch_sub(1, std::memory_order_relaxed); }

std::vector<ReactorReport> ReactorPool::report() const {
  std::vector<ReactorReport> reports;
  for (const auto& lane : lanes_) {
    ReactorReport report;
    report.index = static_cast<uint32_t>(reports.size());
    report.cpu = lane->cpu;
    report.counters = lane->reactor.counters();
    report.cpu_time_ns = thread_cpu_time_ns(lane->thread.native_handle());
    report.functions = lane->functions.load(std::memory_order_relaxed);
    reports.push_back(report);
  }
  return reports;
}

}  // namespace laneway
