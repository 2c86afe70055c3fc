#include "sim/scenario.h"

#include <fmt/format.h>

#include <algorithm>

namespace laneway::sim {

namespace {

bool chance(Random& random, uint64_t percent) { return random.below(100) < percent; }

template <typename T, size_t N>
T pick(Random& random, const T (&values)[N]) {
  return values[random.below(N)];
}

// Rates spread over orders of magnitude; most troubles are absent from most runs.
double rate(Random& random, uint64_t percent, double highest) {
  if (!chance(random, percent)) return 0;
  double value = highest;
  for (uint64_t i = random.below(4); i > 0; --i) value /= 3;
  return value;
}

void draw_target(Random& random, Scenario& scenario) {
  fake::TargetOptions& target = scenario.target;
  target.seed = random.next();
  target.initial_r2t = chance(random, 30);
  target.immediate_data = !chance(random, 30);
  target.receive_segment_max = pick(random, {4096u, 8192u, 65536u, 262144u});
  target.burst_max = pick(random, {8192u, 65536u, 262144u, 1048576u});
  target.first_burst_max = pick(random, {4096u, 65536u, 262144u});
  target.outstanding_r2t_max = pick(random, {1u, 2u, 8u});
  target.r2t_bytes_max = chance(random, 30) ? 4096 : 0;
  target.command_window = pick(random, {1u, 4u, 16u, 64u, 128u});
  target.latency_min_ns = pick(random, {uint64_t{0}, 10 * kMicrosecond, 100 * kMicrosecond});
  target.latency_max_ns = target.latency_min_ns + pick(random, {50 * kMicrosecond, kMillisecond, 10 * kMillisecond});
  target.collapses_status = chance(random, 60);
  target.interleaves = chance(random, 50);
  target.tears_writes = chance(random, 50);
  target.fence_waits = chance(random, 50);
  target.uses_descriptor_sense = chance(random, 30);
  target.attention_to_resetter = chance(random, 30);
  target.ends_old_session_tasks = chance(random, 15);
  target.login_reply_text_max = chance(random, 10) ? 40 : 8192;
  target.time_to_wait_s = chance(random, 70) ? 0 : 2;
  if (chance(random, 25)) {
    target.chap.user = "joe";
    target.chap.secret = "secret-of-joe-123";
    if (chance(random, 50)) {
      target.chap.mutual_user = "target";
      target.chap.mutual_secret = "secret-of-target-456";
    }
  }
  fake::LunOptions& lun = target.luns[0];
  lun.capacity_bytes = scenario.disk_sectors * DiskModel::kSectorBytes;
  lun.block_bytes = scenario.workload.block_sectors * DiskModel::kSectorBytes;
  lun.has_write_cache = chance(random, 80);
  lun.loses_cache = lun.has_write_cache;
  lun.can_unmap = chance(random, 80);
  lun.can_write_same = chance(random, 80);
  lun.transfer_blocks_max = chance(random, 30) ? 64 / scenario.workload.block_sectors : 0;
  lun.unmap_blocks_max = pick(random, {32u, 65536u});
  lun.write_same_blocks_max = pick(random, {uint64_t{16}, uint64_t{65536}});
}

void draw_troubles(Random& random, Scenario& scenario) {
  Troubles& troubles = scenario.troubles;
  if (chance(random, 10)) return;  // a quiet run
  troubles.resets = rate(random, 60, 20);
  troubles.drops = rate(random, 30, 20);
  troubles.swallows = rate(random, 25, 2);
  troubles.stalls = rate(random, 40, 10);
  troubles.outages = rate(random, 25, 3);
  troubles.window_changes = rate(random, 30, 50);
  troubles.pings = rate(random, 40, 100);
  troubles.asyncs = rate(random, 25, 5);
  troubles.attentions = rate(random, 30, 20);
  troubles.scripted = rate(random, 70, 100);
  troubles.guest_resets = rate(random, 50, 30);
  troubles.resizes = rate(random, 15, 5);
  if (scenario.target.luns[0].has_write_cache) troubles.power_cuts = rate(random, 30, 5);
}

// Of its own, so that what else a seed means does not depend on it.
void draw_limits(Scenario& scenario) {
  Random random(scenario.seed ^ 0x94d049bb133111eb);
  scenario.is_limited = chance(random, 30);
  scenario.limit_pause_max_ns = pick(random, {uint64_t{0}, 3 * kMillisecond, 100 * kMillisecond, 2 * kSecond});
}

}  // namespace

Scenario draw_scenario(uint64_t seed) {
  Random random(seed);
  Scenario scenario;
  scenario.seed = seed;
  scenario.workload.block_sectors = chance(random, 25) ? 8 : 1;
  scenario.workload.sectors_max = pick(random, {8u, 64u, 512u});
  scenario.workload.depth = pick(random, {1u, 4u, 16u, 48u});
  scenario.workload.think_max_ns = pick(random, {10 * kMicrosecond, 300 * kMicrosecond, 3 * kMillisecond});
  scenario.workload.operations = 300 + random.below(1200);
  scenario.disk_sectors = pick(random, {uint64_t{256}, uint64_t{2048}});
  draw_target(random, scenario);
  draw_troubles(random, scenario);
  scenario.workload.can_discard = scenario.target.luns[0].can_unmap;
  scenario.workload.can_write_zeroes = scenario.target.luns[0].can_write_same;
  scenario.network.delay_max_ns = pick(random, {20 * kMicrosecond, 200 * kMicrosecond, 2 * kMillisecond});
  scenario.network.piece_bytes_max = pick(random, {512u, 8192u, 65536u});
  scenario.network.in_flight_bytes_max = pick(random, {8192u, 65536u, 262144u});
  scenario.kernel.short_one_in = pick(random, {0u, 3u, 20u});
  scenario.kernel.late_one_in = pick(random, {0u, 50u, 500u});
  if (chance(random, 30)) scenario.digests = iscsi::DigestPolicy::crc32c;
  scenario.deadline_ns = pick(random, {2 * kSecond, 30 * kSecond, 180 * kSecond});
  scenario.is_durable = chance(random, 20);
  scenario.guest = chance(random, 60) ? GuestKind::vhost : GuestKind::direct;
  scenario.queues = pick(random, {1u, 2u, 4u});
  scenario.queue_size = pick(random, {4u, 16u, 64u, 256u});
  scenario.has_event_index = chance(random, 70);
  scenario.is_indirect = chance(random, 60);
  scenario.has_own_inflight = chance(random, 40);
  const uint64_t dice = random.below(100);
  if (dice < 12) scenario.backend = BackendKind::file;
  if (dice >= 12 && dice < 20) scenario.backend = BackendKind::memory;
  if (scenario.backend != BackendKind::iscsi) scenario.troubles.resizes = scenario.troubles.power_cuts = 0;
  draw_limits(scenario);
  return scenario;
}

Scenario draw_spread_scenario(uint64_t seed) {
  Scenario scenario = draw_scenario(seed);
  Random random(seed ^ 0xbf58476d1ce4e5b9);
  scenario.guest = GuestKind::vhost;
  scenario.reactors = 2;
  scenario.queues = pick(random, {2u, 4u});
  scenario.move_pause_max_ns = pick(random, {2 * kMillisecond, 20 * kMillisecond, 200 * kMillisecond, 2 * kSecond});
  return scenario;
}

Scenario draw_deaths_scenario(uint64_t seed) {
  Random random(seed ^ 0x2127599bf4325c37);
  Scenario scenario = chance(random, 40) ? draw_spread_scenario(seed) : draw_scenario(seed);
  scenario.guest = GuestKind::vhost;
  if (scenario.backend == BackendKind::memory) scenario.backend = BackendKind::iscsi;  // it would die with the engine
  // A successor knows nothing of its predecessor's unflushed writes (decision 11).
  scenario.troubles.power_cuts = 0;
  scenario.kernel.waits_for_flush = true;
  scenario.deaths.one_in = pick(random, {50u, 500u, 5000u});
  scenario.deaths.deaths_max = 1 + static_cast<uint32_t>(random.below(20));
  scenario.rebirth_pause_max_ns = pick(random, {uint64_t{0}, 5 * kMillisecond, kSecond});
  scenario.arrival = pick(random, {SimNetwork::Arrival::all, SimNetwork::Arrival::none, SimNetwork::Arrival::some});
  return scenario;
}

Scenario draw_paths_scenario(uint64_t seed) {
  Random random(seed ^ 0x9fb21c651e98df25);
  Scenario scenario = chance(random, 50) ? draw_spread_scenario(seed) : draw_scenario(seed);
  scenario.backend = BackendKind::iscsi;
  scenario.portals = pick(random, {2u, 2u, 3u});
  scenario.harm_pause_max_ns = pick(random, {300 * kMillisecond, 2 * kSecond, 10 * kSecond});
  scenario.path_rules.policy =
      pick(random, {PathPolicy::failover, PathPolicy::round_robin, PathPolicy::queue_depth, PathPolicy::service_time});
  scenario.path_rules.failback_ns = pick(random, {100 * kMillisecond, 2 * kSecond, 10 * kSecond});
  scenario.workload.think_max_ns = pick(random, {10 * kMillisecond, 100 * kMillisecond, 400 * kMillisecond});
  scenario.move_pause_max_ns = std::max(scenario.move_pause_max_ns, 200 * kMillisecond);
  scenario.deadline_ns = pick(random, {30 * kSecond, 180 * kSecond});
  scenario.target.attention_at_login = chance(random, 40);
  scenario.target.has_port_groups = chance(random, 40);
  // Else sessions that are well do not fall quiet in time for a fence, and are given up as well.
  scenario.target.command_window = pick(random, {48u, 128u});
  // What has nothing to do with paths, or harms all of them.
  const Troubles drawn = scenario.troubles;
  scenario.troubles = {};
  scenario.troubles.pings = drawn.pings / 10;  // an idle session takes more for a flood
  scenario.troubles.attentions = drawn.attentions;
  if (chance(random, 25)) scenario.troubles.power_cuts = drawn.power_cuts / 10;
  return scenario;
}

std::string describe(const Scenario& scenario) {
  static constexpr const char* kBackends[] = {"iscsi", "file", "memory"};
  const Troubles& t = scenario.troubles;
  return fmt::format(
      "seed {}: {} guest on {}, {} operations, depth {}, blocks of {}, deadline {} s{}; a second: resets {:.1f} drops "
      "{:.1f} swallows {:.1f} stalls {:.1f} outages {:.1f} power cuts {:.1f} windows {:.1f} pings {:.1f} asyncs {:.1f} "
      "attentions {:.1f} resizes {:.1f} scripted {:.1f} guest resets {:.1f}{}{}{}",
      scenario.seed, scenario.guest == GuestKind::direct ? "direct" : "vhost",
      kBackends[static_cast<size_t>(scenario.backend)], scenario.workload.operations, scenario.workload.depth,
      scenario.workload.block_sectors * DiskModel::kSectorBytes, scenario.deadline_ns / kSecond,
      scenario.is_durable ? ", durable writes" : "", t.resets, t.drops, t.swallows, t.stalls, t.outages, t.power_cuts,
      t.window_changes, t.pings, t.asyncs, t.attentions, t.resizes, t.scripted, t.guest_resets,
      scenario.reactors == 1
          ? ""
          : fmt::format("; {} queues move after {} us at most", scenario.queues, scenario.move_pause_max_ns / 1000),
      !scenario.is_limited ? ""
                           : fmt::format("; limits change after {} us at most", scenario.limit_pause_max_ns / 1000),
      scenario.portals == 1 ? ""
                            : fmt::format("; one of {} portals is harmed after {} us at most", scenario.portals,
                                          scenario.harm_pause_max_ns / 1000));
}

}  // namespace laneway::sim
