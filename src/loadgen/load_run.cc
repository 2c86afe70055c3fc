#include "loadgen/load_run.h"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "loadgen/disk_client.h"
#include "loadgen/load_worker.h"
#include "loadgen/process_time.h"

namespace laneway {

namespace {

constexpr uint64_t kLookInterval_ns = 50 * kMillisecond;

uint64_t now() { return MonotonicClock().now_ns(); }

class LoadRun {
 public:
  LoadRun(const LoadOptions& options, const std::atomic<bool>* is_interrupted)
      : options_(options), is_interrupted_(is_interrupted) {}

  Result<LoadResult> run();

 private:
  Result<void> attach();
  void make_runners();
  Workload::Options workload_of(const DiskClient& disk, uint32_t queue, uint64_t verify_run) const;
  void make_workers();
  void enter(RunPhase phase);
  void watch_until(uint64_t deadline_ns);
  void watch_until_begun();
  void watch_until_ended();
  bool look(uint64_t limit_ns);
  void check_progress(uint64_t now_ns);
  void watch_load();
  void watch_idle();
  std::vector<pid_t> distinct_servers() const;
  uint64_t server_cpu_ns();
  LoadResult collect();
  void collect_disks(LoadResult& result);

  const LoadOptions& options_;
  const std::atomic<bool>* is_interrupted_;
  RunControl control_;
  std::vector<DiskClient> disks_;
  std::vector<std::unique_ptr<QueueRunner>> runners_;  // disk by disk, queue by queue
  std::vector<std::unique_ptr<LoadWorker>> workers_;
  std::vector<pid_t> servers_;  // by disk; 0: unknown
  std::vector<uint64_t> progress_;
  std::vector<uint64_t> progress_ns_;
  uint64_t server_begin_ns_ = 0;
  uint64_t server_spent_ns_ = 0;
  uint64_t server_memory_bytes_ = 0;
  uint64_t idle_ns_ = 0;
  bool has_server_time_ = true;
};

Result<LoadResult> LoadRun::run() {
  if (auto attached = attach(); !attached) return pass_on(attached);
  make_runners();
  make_workers();
  progress_.assign(runners_.size(), 0);
  progress_ns_.assign(runners_.size(), now());
  if (options_.is_idle) {
    watch_idle();
  } else {
    watch_load();
  }
  if (auto failure = control_.failure()) {
    for (auto& worker : workers_) worker->wake();
    workers_.clear();  // joins
    return tl::unexpected<Error>(std::move(*failure));
  }
  for (const pid_t server : distinct_servers()) server_memory_bytes_ += memory_bytes_of(server).value_or(0);
  for (DiskClient& disk : disks_) {
    if (auto stopped = disk.stop(); !stopped) return pass_on(stopped);
  }
  return collect();
}

void LoadRun::watch_load() {
  for (auto& worker : workers_) worker->start();
  watch_until_begun();
  watch_until(now() + options_.warm_up_ns);
  server_begin_ns_ = server_cpu_ns();
  enter(RunPhase::measure);
  watch_until(now() + options_.run_ns);
  server_spent_ns_ = server_cpu_ns() - server_begin_ns_;
  enter(RunPhase::drain);
  watch_until_ended();
}

// The rings run and nobody asks for anything: what the servers do of their own accord.
void LoadRun::watch_idle() {
  watch_until(now() + options_.warm_up_ns);
  server_begin_ns_ = server_cpu_ns();
  const uint64_t begin_ns = now();
  watch_until(begin_ns + options_.run_ns);
  server_spent_ns_ = server_cpu_ns() - server_begin_ns_;
  idle_ns_ = now() - begin_ns;
}

Result<void> LoadRun::attach() {
  for (const std::string& path : options_.sockets) {
    auto disk = DiskClient::attach(path, options_);
    if (!disk) return pass_on(disk);
    servers_.push_back(options_.server_pid != 0 ? options_.server_pid : server_of(disk->socket()));
    disks_.push_back(std::move(*disk));
  }
  for (DiskClient& disk : disks_) {
    if (auto started = disk.start(); !started) return started;
  }
  return {};
}

Workload::Options LoadRun::workload_of(const DiskClient& disk, uint32_t queue, uint64_t verify_run) const {
  Workload::Options workload;
  workload.block_bytes = options_.block_bytes;
  workload.first_block = disk.first_block();
  workload.block_count = disk.block_count();
  if (options_.is_sequential || options_.is_verifying) {
    // Each queue has a part of the range for itself.
    workload.block_count = disk.block_count() / options_.queues;
    workload.first_block += queue * workload.block_count;
  }
  workload.read_percent = options_.read_percent;
  workload.is_sequential = options_.is_sequential;
  workload.seed = options_.seed * 1'000'003 + runners_.size();
  workload.verify_run = verify_run;
  return workload;
}

void LoadRun::make_runners() {
  uint64_t verify_run = 0;
  while (options_.is_verifying && verify_run == 0) fill_secret(writable_bytes_of(verify_run));
  const auto shares = static_cast<uint32_t>(disks_.size() * options_.queues);
  for (DiskClient& disk : disks_) {
    for (uint32_t i = 0; i < options_.queues; ++i) {
      DiskClient::Ring& ring = disk.rings()[i];
      const auto share = static_cast<uint32_t>(runners_.size());
      runners_.push_back(std::make_unique<QueueRunner>(
          QueueRunner::Options{std::move(ring.ring), ring.kick.get(), ring.call.get(), workload_of(disk, i, verify_run),
                               Pacer(static_cast<double>(options_.rate_iops) / shares, share, shares),
                               options_.queues == 1 ? disk.name() : fmt::format("{} queue {}", disk.name(), i)}));
    }
  }
}

void LoadRun::make_workers() {
  for (uint32_t i = 0; i < options_.threads; ++i) {
    const int cpu = options_.cpus.empty() ? -1 : options_.cpus[i % options_.cpus.size()];
    workers_.push_back(std::make_unique<LoadWorker>(LoadWorker::Options{options_.is_sleeping, cpu}, control_));
  }
  for (size_t i = 0; i < runners_.size(); ++i) workers_[i % workers_.size()]->add(*runners_[i]);
}

void LoadRun::enter(RunPhase phase) {
  control_.set_phase(phase);
  for (auto& worker : workers_) worker->wake();
}

void LoadRun::watch_until(uint64_t deadline_ns) {
  while (control_.phase() != RunPhase::abort) {
    const uint64_t now_ns = now();
    if (now_ns >= deadline_ns || (is_interrupted_ != nullptr && *is_interrupted_)) return;
    look(std::min(deadline_ns - now_ns, kLookInterval_ns));
  }
}

void LoadRun::watch_until_begun() {
  const auto have_begun = [&] {
    return std::all_of(workers_.begin(), workers_.end(), [](auto& worker) { return worker->has_begun(); });
  };
  while (control_.phase() != RunPhase::abort && !have_begun()) look(kMillisecond);
}

void LoadRun::watch_until_ended() {
  const auto have_ended = [&] {
    return std::all_of(workers_.begin(), workers_.end(), [](auto& worker) { return worker->has_ended(); });
  };
  while (control_.phase() != RunPhase::abort && !have_ended()) look(kMillisecond);
}

// Waits a while, with an eye on the servers; false where the run has failed.
bool LoadRun::look(uint64_t limit_ns) {
  std::vector<pollfd> entries;
  for (const DiskClient& disk : disks_) entries.push_back({disk.socket(), POLLIN | POLLRDHUP, 0});
  const timespec limit{static_cast<time_t>(limit_ns / kSecond), static_cast<long>(limit_ns % kSecond)};
  if (::ppoll(entries.data(), entries.size(), &limit, nullptr) > 0) {
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].revents == 0) continue;
      const bool has_closed = (entries[i].revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
      control_.fail_with({has_closed ? ErrorCode::unreachable : ErrorCode::protocol,
                          fmt::format("{}: the disk's server {} during the run", disks_[i].name(),
                                      has_closed ? "closed the connection" : "sent a message that nobody asked for")});
      return false;
    }
  }
  check_progress(now());
  return control_.phase() != RunPhase::abort;
}

void LoadRun::check_progress(uint64_t now_ns) {
  for (size_t i = 0; i < runners_.size(); ++i) {
    const uint64_t progress = runners_[i]->progress();
    if (progress != progress_[i] || !runners_[i]->is_waiting()) {
      progress_[i] = progress;
      progress_ns_[i] = now_ns;
    }
    if (now_ns - progress_ns_[i] < options_.answer_limit_ns) continue;
    control_.fail_with(
        {ErrorCode::timed_out, fmt::format("{}: requests are in flight and none has been answered for {} s",
                                           runners_[i]->name(), options_.answer_limit_ns / kSecond)});
    return;
  }
}

std::vector<pid_t> LoadRun::distinct_servers() const {
  std::vector<pid_t> distinct = servers_;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  return distinct;
}

uint64_t LoadRun::server_cpu_ns() {
  uint64_t sum_ns = 0;
  for (const pid_t server : distinct_servers()) {
    const auto spent = cpu_ns_of(server);
    has_server_time_ &= spent.has_value();
    sum_ns += spent.value_or(0);
  }
  return sum_ns;
}

LoadResult LoadRun::collect() {
  LoadResult result;
  result.block_bytes = options_.block_bytes;
  result.rate_asked_iops = static_cast<double>(options_.rate_iops);
  auto reads = std::make_unique<FineHistogram>();
  auto writes = std::make_unique<FineHistogram>();
  double seconds_sum = 0;
  for (auto& runner : runners_) {
    const QueueTally& tally = runner->tally();
    seconds_sum += static_cast<double>(tally.end_ns - tally.begin_ns) / kSecond;
    result.reads += tally.reads;
    result.writes += tally.writes;
    result.errors += tally.errors;
    result.late += tally.late;
    result.kicks += tally.kicks;
    result.verified += tally.verified;
    result.corruptions += tally.corruptions;
    if (result.first_problem.empty()) result.first_problem = tally.first_problem;
    reads->merge(tally.read_latency);
    writes->merge(tally.write_latency);
  }
  result.seconds = seconds_sum / static_cast<double>(runners_.size());
  if (options_.is_idle) result.seconds = static_cast<double>(idle_ns_) / kSecond;
  result.server_memory_bytes = server_memory_bytes_;
  result.read_latency = figures_of(*reads);
  result.write_latency = figures_of(*writes);
  for (auto& worker : workers_) {
    result.client_cpu_seconds += static_cast<double>(worker->cpu_ns()) / kSecond;
    result.sleeps += worker->sleeps();
  }
  result.has_server_time = has_server_time_;
  if (has_server_time_) result.server_cpu_seconds = static_cast<double>(server_spent_ns_) / kSecond;
  result.is_indirect = disks_.front().plan().is_indirect;
  result.has_event_idx = disks_.front().plan().has_event_idx;
  collect_disks(result);
  return result;
}

void LoadRun::collect_disks(LoadResult& result) {
  for (size_t i = 0; i < disks_.size(); ++i) {
    DiskResult disk;
    disk.socket = disks_[i].name();
    disk.capacity_bytes = disks_[i].shape().capacity_bytes;
    disk.features = disks_[i].features();
    disk.server_pid = servers_[i];
    disk.server_program = program_of(servers_[i]);
    disk.attach_ns = disks_[i].attach_ns();
    disk.share_ns = disks_[i].share_ns();
    disk.memory_bytes = disks_[i].memory_bytes();
    disk.has_inflight = disks_[i].has_inflight();
    for (uint32_t queue = 0; queue < options_.queues; ++queue) {
      const QueueTally& tally = runners_[i * options_.queues + queue]->tally();
      disk.reads += tally.reads;
      disk.writes += tally.writes;
    }
    result.disks.push_back(std::move(disk));
  }
}

}  // namespace

Result<LoadResult> run_load(const LoadOptions& options, const std::atomic<bool>* is_interrupted) {
  if (auto checked = options.check(); !checked) return pass_on(checked);
  return LoadRun(options, is_interrupted).run();
}

}  // namespace laneway
