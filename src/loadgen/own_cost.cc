#include "loadgen/own_cost.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "loadgen/cpu_pin.h"
#include "loadgen/load_report.h"
#include "loadgen/load_run.h"
#include "loadgen/queue_runner.h"
#include "loadgen/responder.h"

namespace laneway {

namespace {

constexpr uint64_t kInlineTime_ns = 300 * kMillisecond;
constexpr uint64_t kCeilingTime_ns = kSecond;
constexpr uint64_t kDisk_bytes = kGiB;

uint64_t now() { return MonotonicClock().now_ns(); }

double clock_cost_ns() {
  constexpr int kLooks = 200'000;
  const uint64_t begin_ns = now();
  uint64_t last_ns = begin_ns;
  for (int i = 0; i < kLooks; ++i) last_ns = now();
  return static_cast<double>(last_ns - begin_ns) / kLooks;
}

RingPlan plan_of(const LoadOptions& options, uint32_t depth) {
  RingPlan plan;
  plan.ring_size = 1024;
  plan.slots = static_cast<uint16_t>(depth);
  plan.is_indirect = options.layout == ChainLayout::indirect;
  plan.has_event_idx = options.wants_event_idx;
  plan.block_bytes = options.block_bytes;
  plan.segment_bytes = options.block_bytes;
  return plan;
}

// The client's time a request with the responder on the same thread: no cache line moves, nothing waits.
Result<double> client_cost_ns(const LoadOptions& options, uint32_t depth, double clock_ns) {
  const RingPlan plan = plan_of(options, depth);
  auto arena = GuestArena::create(plan.room_bytes());
  if (!arena) return pass_on(arena);
  GuestMemory server_memory;
  UniqueFd fd(::dup(arena->fd()));
  if (auto added = server_memory.add(arena->region(), std::move(fd)); !added) return pass_on(added);
  DriverRing ring = DriverRing::lay_out(plan, *arena);
  const DriverRing::Addresses at = ring.addresses();
  NullSink sink;
  RingResponder responder(server_memory, {plan.ring_size, at.descriptors, at.available, at.used, plan.has_event_idx},
                          sink);
  Workload::Options workload;
  workload.block_bytes = options.block_bytes;
  workload.block_count = kDisk_bytes / options.block_bytes;
  workload.read_percent = options.read_percent;
  workload.is_sequential = options.is_sequential;
  QueueRunner runner({std::move(ring), -1, -1, workload, Pacer(0, 0, 1), "self-test"});
  const uint64_t begin_ns = now();
  uint64_t spent_ns = 0;
  uint64_t turns = 0;
  runner.begin_measuring(begin_ns);
  uint64_t after_ns = begin_ns;
  while (after_ns - begin_ns < kInlineTime_ns) {
    const uint64_t before_ns = now();
    runner.turn(true);
    after_ns = now();
    spent_ns += after_ns - before_ns;
    ++turns;
    responder.answer_all();
  }
  const double net_ns = static_cast<double>(spent_ns) - static_cast<double>(turns) * clock_ns;
  return net_ns / static_cast<double>(runner.progress());
}

Result<LoadResult> run_against_nothing(const LoadOptions& options, uint32_t depth) {
  char folder[] = "/tmp/laneway-bench.XXXXXX";
  if (::mkdtemp(folder) == nullptr) return fail(ErrorCode::io, "cannot make a folder in /tmp: {}", errno_text(errno));
  LoadOptions load = options;
  load.sockets = {std::string(folder) + "/null.sock"};
  load.depth = depth;
  load.queues = 1;
  load.threads = 1;
  load.queue_size = 1024;
  load.offset_bytes = 0;
  load.span_bytes = 0;
  load.is_verifying = false;
  load.may_overwrite = true;
  load.run_ns = kCeilingTime_ns;
  load.warm_up_ns = 200 * kMillisecond;
  load.cpus.resize(options.cpus.empty() ? 0 : 1);
  NullSink sink;
  Responder::Options server;
  server.path = load.sockets.front();
  server.capacity_bytes = kDisk_bytes;
  server.cpu = options.cpus.size() > 1 ? options.cpus[1] : -1;
  auto responder = Responder::start(server, sink);
  Result<LoadResult> result = fail(ErrorCode::io, "");
  if (responder) {
    result = run_load(load);
    responder->reset();
  } else {
    result = pass_on(responder);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return result;
}

}  // namespace

Result<OwnCost> measure_own_cost(const LoadOptions& options, std::span<const uint32_t> depths) {
  OwnCost test;
  double clock_ns = 0;
  for (const uint32_t depth : depths) {
    Result<double> cost = 0.0;
    // On a thread of its own, so that pinning it does not outlast the test.
    std::thread inline_test([&] {
      if (!options.cpus.empty()) pin_to(options.cpus.front());
      clock_ns = clock_cost_ns();
      cost = client_cost_ns(options, depth, clock_ns);
    });
    inline_test.join();
    if (!cost) return pass_on(cost);
    auto ceiling = run_against_nothing(options, depth);
    if (!ceiling) return pass_on(ceiling);
    const LatencyFigures& latency = options.read_percent > 0 ? ceiling->read_latency : ceiling->write_latency;
    test.rows.push_back({depth, *cost, ceiling->iops(), latency.p50_ns, latency.p99_ns});
  }
  test.clock_ns = static_cast<uint64_t>(clock_ns);
  return test;
}

nlohmann::ordered_json to_json(const OwnCost& result) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : result.rows) {
    rows.push_back({{"depth", row.depth},
                    {"client_ns_per_request", row.client_ns},
                    {"ceiling_iops", row.ceiling_iops},
                    {"p50_ns", row.p50_ns},
                    {"p99_ns", row.p99_ns}});
  }
  return {{"self_test", std::move(rows)}, {"clock_ns", result.clock_ns}};
}

std::string to_text(const OwnCost& result) {
  std::string text = fmt::format("{:>6}{:>22}{:>26}{:>10}{:>10}\n", "depth", "client's own time/IO",
                                 "ceiling (null responder)", "p50", "p99");
  for (const auto& row : result.rows) {
    fmt::format_to(std::back_inserter(text), "{:>6}{:>22}{:>26}{:>10}{:>10}\n", row.depth,
                   fmt::format("{:.1f} ns", row.client_ns), short_count(row.ceiling_iops) + " IOPS",
                   short_time(static_cast<double>(row.p50_ns)), short_time(static_cast<double>(row.p99_ns)));
  }
  return text + "A disk that comes near the ceiling is measured no better than the client and the machine allow.\n";
}

}  // namespace laneway
