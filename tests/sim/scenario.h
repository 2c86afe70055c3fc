#pragma once
// Scenario is everything that one run of the simulation is about, drawn from its seed: the target, the network, the
// guest and how much goes wrong. Plain values.

#include <cstdint>
#include <string>
#include <vector>

#include "backend/multipath_paths.h"
#include "iscsi/options.h"
#include "sim/fate.h"
#include "sim/sim_kernel.h"
#include "sim/workload.h"
#include "target/target_options.h"

namespace laneway::sim {

enum class BackendKind : uint8_t { iscsi, file, memory };
enum class GuestKind : uint8_t { direct, vhost };

// Bugs that can be planted to see the simulation find them.
enum class Plant : uint8_t {
  none,
  target_ignores_fences,    // a late write lands although the target said that it was dead
  guest_counts_twice,       // every hundredth completion is reported twice
  disk_forgets_a_write,     // a write is acknowledged that never reached the disk
  disk_lies_about_flush,    // synced blocks are lost with the others
  completion_is_lost,       // one completion never reaches the guest
  lost_cache_is_hidden,     // the target loses its cache without a unit attention
  flush_is_answered_early,  // by the engine, which sends it to nobody; and forced writes are ordinary ones
  ring_moves_undrained,     // a ring goes to another reactor while a request of it is under way
  held_request_is_dropped,  // a request that waits for a limit is lost when the limit changes
  // Of engines that die
  replay_is_not_fenced,  // what a predecessor left unfinished is sent without a fence
  replay_is_out_of_order,
  index_before_status,   // a guest is shown a used chain before its status byte is there
  cleared_before_index,  // the in-flight record is cleared before the used index is stored
  record_is_kept_late,   // rings start before the record that they run by is kept
  notes_are_lost,        // so that a successor answers once more
  note_comes_first,      // before the message is taken from its socket
};

// How often what happens, in events a second of simulated time; 0: never.
struct Troubles {
  double resets = 0;    // connections break
  double drops = 0;     // the target ends connections in order
  double swallows = 0;  // connections go silent
  double stalls = 0;    // the network stops for a while
  double outages = 0;   // connects are refused or hang for a while
  double power_cuts = 0;
  double window_changes = 0;
  double pings = 0;
  double asyncs = 0;  // logout and drop requests
  double attentions = 0;
  double resizes = 0;
  double scripted = 0;      // faults of the target's script
  double guest_resets = 0;  // of the rings, the device or the connection
};

struct Scenario {
  uint64_t seed = 0;
  BackendKind backend = BackendKind::iscsi;
  GuestKind guest = GuestKind::direct;
  Plant plant = Plant::none;
  fake::TargetOptions target;
  NetworkOptions network;
  KernelOptions kernel;
  WorkloadOptions workload;
  Troubles troubles;
  std::vector<std::string> faults;  // of the target's script, from the start
  iscsi::DigestPolicy digests = iscsi::DigestPolicy::none;
  uint64_t disk_sectors = 2048;
  uint64_t deadline_ns = 30 * kSecond;
  bool is_durable = false;       // writethrough, or forced writes
  bool has_hard_errors = false;  // the script may fail requests for good
  // Rings
  uint32_t queues = 2;
  uint32_t queue_size = 64;
  bool has_event_index = true;
  bool is_indirect = true;
  bool has_own_inflight = false;  // the front-end keeps the in-flight region
  uint32_t piece_one_in = 6;      // messages that it sends bit by bit
  // Reactors: 1, or 2 between which queues move, each time after that long at most
  uint32_t reactors = 1;
  uint64_t move_pause_max_ns = 0;
  // Paths: 1, or one over each of the target's portals, of which one is harmed after that long at most
  uint32_t portals = 1;
  uint64_t harm_pause_max_ns = 0;
  PathRules path_rules;
  // Limits of the function, which change after that long at most; 0: they stay
  bool is_limited = false;
  uint64_t limit_pause_max_ns = 0;
  // Deaths of the engine: none where the plan names none
  Fate::Plan deaths;
  uint64_t rebirth_pause_max_ns = 20 * kMillisecond;
  SimNetwork::Arrival arrival = SimNetwork::Arrival::some;  // of what a dead engine had sent
  bool has_deaths() const { return !deaths.at.empty() || deaths.deaths_max > 0; }
};

constexpr uint64_t kAnswerGraceNs = 10 * kSecond;  // after the deadline; a request that takes longer hangs

Scenario draw_scenario(uint64_t seed);
// The same with rings on two reactors, between which they move.
Scenario draw_spread_scenario(uint64_t seed);
// A function over several portals of its target, which are lost and come back; no request has a reason to fail.
Scenario draw_paths_scenario(uint64_t seed);
// The same with rings, on one reactor or two, and an engine that is killed again and again.
Scenario draw_deaths_scenario(uint64_t seed);
std::string describe(const Scenario& scenario);

}  // namespace laneway::sim
