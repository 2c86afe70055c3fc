#include "sim/death_cases.h"

#include <fmt/format.h>

namespace laneway::sim {

namespace {

constexpr uint64_t kNotAtAll = UINT64_MAX;  // a death that never comes: points are counted

Scenario small() {
  Scenario scenario;
  scenario.seed = 11;
  scenario.guest = GuestKind::vhost;
  scenario.workload.operations = 12;
  scenario.workload.depth = 4;
  scenario.workload.sectors_max = 16;
  scenario.workload.think_max_ns = 20 * kMicrosecond;
  scenario.disk_sectors = 64;
  scenario.queues = 1;
  scenario.queue_size = 16;
  scenario.network.delay_max_ns = 20 * kMicrosecond;
  scenario.kernel.file_delay_max_ns = 50 * kMicrosecond;
  scenario.kernel.waits_for_flush = true;
  scenario.kernel.late_one_in = scenario.kernel.interrupted_one_in = 0;
  scenario.rebirth_pause_max_ns = kMillisecond;
  fake::LunOptions& lun = scenario.target.luns[0];
  lun.capacity_bytes = scenario.disk_sectors * DiskModel::kSectorBytes;
  lun.has_write_cache = true;
  lun.can_unmap = lun.can_write_same = true;
  scenario.target.tears_writes = true;
  scenario.target.latency_max_ns = 100 * kMicrosecond;
  return scenario;
}

Scenario small_with(ModelOp favourite) {
  Scenario scenario = small();
  scenario.workload.favourite = favourite;
  return scenario;
}

Scenario on_a_file() {
  Scenario scenario = small();
  scenario.backend = BackendKind::file;
  return scenario;
}

// Writes of many pieces, asked for by the target bit by bit, and a login that takes several messages.
Scenario solicited() {
  Scenario scenario = small_with(ModelOp::write);
  scenario.workload.sectors_max = 48;
  scenario.target.initial_r2t = true;
  scenario.target.immediate_data = false;
  scenario.target.burst_max = 8192;
  scenario.target.r2t_bytes_max = 4096;
  scenario.target.chap.user = "joe";
  scenario.target.chap.secret = "secret-of-joe-123";
  scenario.digests = iscsi::DigestPolicy::crc32c;
  return scenario;
}

Scenario moving() {
  Scenario scenario = small();
  scenario.workload.operations = 24;
  scenario.queues = 2;
  scenario.reactors = 2;
  scenario.move_pause_max_ns = 150 * kMicrosecond;
  return scenario;
}

// A guest that stops and starts its rings, boots again, and loses its connection.
Scenario restless(bool has_own_inflight) {
  Scenario scenario = small();
  scenario.workload.operations = 40;
  scenario.workload.think_max_ns = 200 * kMicrosecond;
  scenario.troubles.guest_resets = 1000;
  scenario.has_own_inflight = has_own_inflight;
  scenario.has_event_index = has_own_inflight;
  scenario.is_indirect = !has_own_inflight;
  return scenario;
}

Scenario losing_sessions() {
  Scenario scenario = small();
  scenario.workload.operations = 30;
  scenario.troubles.resets = 500;
  return scenario;
}

void count(const Verdict& verdict, const std::vector<uint64_t>& at, DeathCensus& census) {
  ++census.runs;
  census.deaths += verdict.deaths;
  for (size_t i = 0; i < kDeathPoints; ++i) census.died_at[i] += verdict.points_died_at[i];
  if (verdict.faults.empty() || !census.fault.empty()) return;
  census.fault = verdict.faults.front();
  for (const uint64_t point : at) census.failed += fmt::format("{}{}", census.failed.empty() ? "" : ",", point);
}

}  // namespace

std::vector<DeathCase> death_cases() {
  Scenario durable = small_with(ModelOp::write);
  durable.is_durable = true;
  Scenario file_flushes = on_a_file();
  file_flushes.workload.favourite = ModelOp::flush;
  return {{"reads", small_with(ModelOp::read)},
          {"writes", small_with(ModelOp::write)},
          {"flushes", small_with(ModelOp::flush)},
          {"discards", small_with(ModelOp::discard)},
          {"zeroes", small_with(ModelOp::write_zeroes)},
          {"durable", durable},
          {"solicited", solicited()},
          {"file", on_a_file()},
          {"file-flushes", file_flushes},
          {"moves", moving()},
          {"restarts", restless(false)},
          {"own-inflight", restless(true)},
          {"lost-sessions", losing_sessions()}};
}

Verdict run_with_deaths(const Scenario& scenario, const std::vector<uint64_t>& at) {
  Scenario planned = scenario;
  planned.deaths.at = at;
  // What a dead engine had sent arrives, or not, or in part.
  planned.arrival = static_cast<SimNetwork::Arrival>(at[0] % 3);
  return run_scenario(planned);
}

DeathCensus sweep_deaths(const Scenario& scenario, const DeathSweep& sweep) {
  DeathCensus census;
  const auto run = [&](const std::vector<uint64_t>& at) {
    const Verdict verdict = run_with_deaths(scenario, at);
    count(verdict, at, census);
    return verdict;
  };
  census.points = run({kNotAtAll}).points;
  PointCounts seen{};
  for (uint64_t point = sweep.first; point <= census.points && census.is_well(); point += sweep.stride) {
    const Verdict first = run({point});
    if (sweep.second_stride == 0) continue;
    bool is_new = false;
    for (size_t i = 0; i < kDeathPoints; ++i) is_new |= first.points_died_at[i] > 0 && seen[i]++ == 0;
    for (uint64_t next = 1; is_new && next <= first.points && census.is_well(); next += sweep.second_stride) {
      run({point, next});
    }
  }
  return census;
}

}  // namespace laneway::sim
