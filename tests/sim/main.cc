// sim_test: runs the seeded simulation. The seed of every run is printed; a run is repeated by its seed, a death by its
// case and point.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "sim/death_report.h"
#include "sim/in_child.h"
#include "sim/simulation.h"

namespace {

using laneway::sim::Scenario;
using laneway::sim::Verdict;

constexpr uint64_t kSeedsOfAProcess = 40;  // where engines die

constexpr const char* kUsage =
    "usage: sim_test [--seed N | --seeds COUNT | --seconds N] [--first N] [--spread | --deaths | --paths] "
    "[--after-flush] [-v]\n"
    "       sim_test --every-death [--case NAME [--at POINT[,POINT]]] [--stride N] [--second N] [-v]\n"
    "  --seed N       one run (also: environment variable LANEWAY_SEED)\n"
    "  --seeds N      runs with N seeds, beginning with --first (default: a new one each time)\n"
    "  --seconds N    runs for that long\n"
    "  --spread       the function's queues are on two reactors and move between them\n"
    "  --deaths       the engine is killed now and then, and another one goes on\n"
    "  --paths        the function has several paths, of which one at a time is lost for a while\n"
    "  --after-flush  no operation has an effect before its flush, as where engines die\n"
    "  --every-death  small runs, each once for every point of the engine's life, at which it is killed\n"
    "  --stride N     at every Nth point only\n"
    "  --second N     its successor, too, at every Nth point, for each kind of point that the first died at\n"
    "  --at           only the run in which the engines die at these points\n"
    "  -v             describes every run, and shows the engine's log\n"
    "Exits with 1 where a run failed; how to repeat it is in the last line.\n";

struct Plan {
  uint64_t first = 0;
  uint64_t count = 20;
  uint64_t seconds = 0;
  bool is_spread = false;
  bool has_deaths = false;
  bool has_paths = false;
  bool has_every_death = false;
  bool waits_for_flush = false;
  bool is_verbose = false;
  laneway::sim::DeathReportOptions report;
};

bool read_flag(const std::string& name, Plan& plan) {
  for (const auto& [flag, is_set] : {std::pair("-v", &plan.is_verbose),
                                     {"--spread", &plan.is_spread},
                                     {"--deaths", &plan.has_deaths},
                                     {"--paths", &plan.has_paths},
                                     {"--after-flush", &plan.waits_for_flush},
                                     {"--every-death", &plan.has_every_death}}) {
    if (name != flag) continue;
    *is_set = true;
    return true;
  }
  return false;
}

std::vector<uint64_t> read_numbers(const std::string& text) {
  std::vector<uint64_t> numbers;
  for (size_t at = 0; at < text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    numbers.push_back(std::strtoull(text.substr(at, comma - at).c_str(), nullptr, 0));
    at = comma + 1;
  }
  return numbers;
}

bool read_plan(const std::vector<std::string>& arguments, Plan& plan) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (read_flag(name, plan)) continue;
    if (i + 1 == arguments.size()) return false;
    const std::string& value = arguments[++i];
    const uint64_t number = std::strtoull(value.c_str(), nullptr, 0);
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
    } else if (name == "--case") {
      plan.report.only = value;
    } else if (name == "--at") {
      plan.report.at = read_numbers(value);
    } else if (name == "--second") {
      plan.report.sweep.second_stride = std::max<uint64_t>(1, number);
    } else if (name == "--stride") {
      plan.report.sweep.stride = std::max<uint64_t>(1, number);
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

Scenario draw(uint64_t seed, const Plan& plan) {
  if (plan.has_deaths) return laneway::sim::draw_deaths_scenario(seed);
  if (plan.has_paths) return laneway::sim::draw_paths_scenario(seed);
  return plan.is_spread ? laneway::sim::draw_spread_scenario(seed) : laneway::sim::draw_scenario(seed);
}

// Of many runs.
struct Tally {
  uint64_t done = 0;
  uint64_t failed = 0;
  uint64_t operations = 0;
  uint64_t errors = 0;
  uint64_t checked_sectors = 0;
  uint64_t cuts_compared = 0;
  uint64_t reinstatements = 0;
  uint64_t fences = 0;
  uint64_t late_writes = 0;
  uint64_t moves = 0;
  uint64_t held = 0;
  uint64_t path_harms = 0;
  uint64_t deaths = 0;
};

void add(const Verdict& verdict, Tally& total) {
  total.operations += verdict.operations;
  total.errors += verdict.errors;
  total.checked_sectors += verdict.checked_sectors;
  total.cuts_compared += verdict.cuts_compared;
  total.late_writes += verdict.late_writes;
  total.reinstatements += verdict.reinstatements;
  total.fences += verdict.fences;
  total.moves += verdict.moves;
  total.held += verdict.held;
  total.path_harms += verdict.path_harms;
  total.deaths += verdict.deaths;
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

// True where all is well.
bool run_seed(uint64_t seed, const Plan& plan, Tally& total) {
  Scenario scenario = draw(seed, plan);
  scenario.kernel.waits_for_flush |= plan.waits_for_flush;
  if (plan.is_verbose) print(describe(scenario) + "\n");
  const Verdict verdict = run_scenario(scenario);
  add(verdict, total);
  if (plan.is_verbose || !verdict.faults.empty()) {
    print(
        fmt::format("seed {}: {} operations, {} excused errors, {} sectors checked, {} troubles, {} late writes, {} "
                    "reinstatements, "
                    "{} moves, {} held, {} deaths, {:.3f} s simulated, {} turns\n",
                    seed, verdict.operations, verdict.errors, verdict.checked_sectors, verdict.events,
                    verdict.late_writes, verdict.reinstatements, verdict.moves, verdict.held, verdict.deaths,
                    static_cast<double>(verdict.end_ns) / laneway::kSecond, verdict.turns));
  }
  if (verdict.faults.empty()) return true;
  if (!plan.is_verbose) print(describe(scenario) + "\n");
  for (const std::string& fault : verdict.faults) print("  " + fault + "\n");
  const char* mode = plan.has_deaths ? " --deaths" : plan.has_paths ? " --paths" : plan.is_spread ? " --spread" : "";
  print(fmt::format("FAILED; repeat with: sim_test{}{} --seed {}\n", mode, plan.waits_for_flush ? " --after-flush" : "",
                    seed));
  return false;
}

// Up to `most` of the seeds that are left.
void run_seeds(const Plan& plan, uint64_t end_ns, uint64_t most, Tally& total) {
  laneway::MonotonicClock clock;
  for (uint64_t i = 0; i < most && total.done < plan.count && clock.now_ns() < end_ns && total.failed < 5; ++i) {
    if (!run_seed(plan.first + total.done, plan, total)) ++total.failed;
    ++total.done;
  }
}

Tally run_all(const Plan& plan, uint64_t end_ns) {
  Tally total;
  if (!plan.has_deaths) {
    run_seeds(plan, end_ns, UINT64_MAX, total);
    return total;
  }
  // Dead engines keep their memory.
  laneway::MonotonicClock clock;
  while (total.done < plan.count && clock.now_ns() < end_ns && total.failed < 5) {
    if (laneway::sim::in_child(total, [&](Tally& out) { run_seeds(plan, end_ns, kSeedsOfAProcess, out); })) continue;
    print(fmt::format("the process that ran the seeds from {} died\n", plan.first + total.done));
    ++total.failed;
    break;
  }
  return total;
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
  if (plan.has_every_death) return laneway::sim::report_deaths(plan.report) ? 0 : 1;
  const uint64_t end_ns = plan.seconds == 0 ? laneway::kNever : clock.now_ns() + plan.seconds * laneway::kSecond;
  const Tally total = run_all(plan, end_ns);
  print(fmt::format(
      "simulated {} seeds from {}: {} failed; {} operations, {} excused errors, {} sectors checked, power cuts "
      "compared "
      "at {} moments, {} reinstatements, {} fences, {} late writes, {} harms to paths, {} moves of queues, "
      "{} requests held by limits, {} "
      "deaths of the engine\n",
      total.done, plan.first, total.failed, total.operations, total.errors, total.checked_sectors, total.cuts_compared,
      total.reinstatements, total.fences, total.late_writes, total.path_harms, total.moves, total.held, total.deaths));
  return total.failed == 0 ? 0 : 1;
}
