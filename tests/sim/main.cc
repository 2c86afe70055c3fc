// sim_test: runs the seeded simulation. The seed of every run is printed; a run is repeated by its seed.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "sim/simulation.h"

namespace {

using laneway::sim::Scenario;
using laneway::sim::Verdict;

constexpr const char* kUsage =
    "usage: sim_test [--seed N | --seeds COUNT | --seconds N] [--first N] [--spread] [-v]\n"
    "  --seed N     one run (also: environment variable LANEWAY_SEED)\n"
    "  --seeds N    runs with N seeds, beginning with --first (default: a new one each time)\n"
    "  --seconds N  runs for that long\n"
    "  --spread     the function's queues are on two reactors and move between them\n"
    "  -v           describes every run, and shows the engine's log\n"
    "Exits with 1 where a run failed; its seed is in the last line.\n";

struct Plan {
  uint64_t first = 0;
  uint64_t count = 20;
  uint64_t seconds = 0;
  bool is_spread = false;
  bool is_verbose = false;
};

bool read_plan(const std::vector<std::string>& arguments, Plan& plan) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "-v") {
      plan.is_verbose = true;
      continue;
    }
    if (name == "--spread") {
      plan.is_spread = true;
      continue;
    }
    if (i + 1 == arguments.size()) return false;
    const uint64_t number = std::strtoull(arguments[++i].c_str(), nullptr, 0);
    if (name == "--seed") {
      plan.first = number;
      plan.count = 1;
    } else if (name == "--seeds") {
      plan.count = number;
    } else if (name == "--seconds") {
      plan.seconds = number;
      plan.count = UINT64_MAX;
    } else if (name == "--first") {
      plan.first = number;
    } else {
      return false;
    }
  }
  return true;
}

// The engine's warnings are what the runs provoke all the time.
void hide_log() {
  laneway::set_log_level(laneway::LogLevel::error);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) std::fputs("the log cannot be hidden\n", stdout);
}

// True where all is well.
bool run_seed(uint64_t seed, const Plan& plan, Verdict& total) {
  const Scenario scenario =
      plan.is_spread ? laneway::sim::draw_spread_scenario(seed) : laneway::sim::draw_scenario(seed);
  if (plan.is_verbose) std::printf("%s\n", describe(scenario).c_str());
  std::fflush(stdout);
  const Verdict verdict = run_scenario(scenario);
  total.operations += verdict.operations;
  total.errors += verdict.errors;
  total.checked_sectors += verdict.checked_sectors;
  total.late_writes += verdict.late_writes;
  total.reinstatements += verdict.reinstatements;
  total.fences += verdict.fences;
  total.moves += verdict.moves;
  total.held += verdict.held;
  if (plan.is_verbose || !verdict.faults.empty()) {
    std::printf(
        "seed %llu: %llu operations, %llu excused errors, %llu sectors checked, %llu troubles, %llu late writes, "
        "%llu reinstatements, %llu moves, %llu held, %.3f s simulated, %llu turns\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(verdict.operations),
        static_cast<unsigned long long>(verdict.errors), static_cast<unsigned long long>(verdict.checked_sectors),
        static_cast<unsigned long long>(verdict.events), static_cast<unsigned long long>(verdict.late_writes),
        static_cast<unsigned long long>(verdict.reinstatements), static_cast<unsigned long long>(verdict.moves),
        static_cast<unsigned long long>(verdict.held), static_cast<double>(verdict.end_ns) / laneway::kSecond,
        static_cast<unsigned long long>(verdict.turns));
  }
  if (verdict.faults.empty()) return true;
  if (!plan.is_verbose) std::printf("%s\n", describe(scenario).c_str());
  for (const std::string& fault : verdict.faults) std::printf("  %s\n", fault.c_str());
  std::printf("FAILED; repeat with: sim_test%s --seed %llu\n", plan.is_spread ? " --spread" : "",
              static_cast<unsigned long long>(seed));
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  laneway::MonotonicClock clock;
  plan.first = clock.now_ns() % 1000000000;
  if (const char* seed = std::getenv("LANEWAY_SEED")) {
    plan.first = std::strtoull(seed, nullptr, 0);
    plan.count = 1;
  }
  if (!read_plan({argv + 1, argv + argc}, plan)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (!plan.is_verbose) hide_log();
  const uint64_t end_ns = plan.seconds == 0 ? laneway::kNever : clock.now_ns() + plan.seconds * laneway::kSecond;
  Verdict total;
  uint64_t done = 0;
  uint64_t failed = 0;
  for (; done < plan.count && clock.now_ns() < end_ns; ++done) {
    if (!run_seed(plan.first + done, plan, total)) ++failed;
    if (failed >= 5) break;
  }
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "simulated %llu seeds from %llu: %llu failed; %llu operations, %llu excused errors, %llu sectors checked, "
      "%llu reinstatements, %llu fences, %llu late writes, %llu moves of queues, %llu requests held by limits\n",
      number(done), number(plan.first), number(failed), number(total.operations), number(total.errors),
      number(total.checked_sectors), number(total.reinstatements), number(total.fences), number(total.late_writes),
      number(total.moves), number(total.held));
  return failed == 0 ? 0 : 1;
}
