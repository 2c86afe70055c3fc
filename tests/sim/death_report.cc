#include "sim/death_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim/in_child.h"

namespace laneway::sim {

namespace {

constexpr uint64_t kDeathsOfAProcess = 400;  // each keeps its engine's memory
constexpr size_t kTextMax = 500;

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

// What a child tells its parent.
struct ChildCensus {
  uint64_t points = 0;
  uint64_t runs = 0;
  uint64_t deaths = 0;
  PointCounts died_at{};
  char failed[kTextMax] = {};
  char fault[kTextMax] = {};
};

ChildCensus to_parent(const DeathCensus& census) {
  ChildCensus told;
  told.points = census.points;
  told.runs = census.runs;
  told.deaths = census.deaths;
  told.died_at = census.died_at;
  census.failed.copy(told.failed, kTextMax - 1);
  census.fault.copy(told.fault, kTextMax - 1);
  return told;
}

void add(const ChildCensus& told, DeathCensus& census) {
  census.points = told.points;
  census.runs += told.runs;
  census.deaths += told.deaths;
  for (size_t i = 0; i < kDeathPoints; ++i) census.died_at[i] += told.died_at[i];
  if (!census.is_well()) return;
  census.failed = told.failed;
  census.fault = told.fault;
}

void sweep_in_child(const Scenario& scenario, const DeathSweep& sweep, DeathCensus& census) {
  ChildCensus found;
  if (in_child(found, [&](ChildCensus& out) { out = to_parent(sweep_deaths(scenario, sweep)); })) {
    return add(found, census);
  }
  census.fault = fmt::format("the process that ran the points from {} in steps of {} died", sweep.first, sweep.stride);
}

// A case's points, dealt out to as many processes as it takes.
DeathCensus sweep_all(const DeathCase& each, const DeathSweep& sweep) {
  DeathSweep none = sweep;
  none.first = UINT64_MAX;
  const uint64_t points = sweep_deaths(each.scenario, none).points;
  const uint64_t runs = points / sweep.stride + 1;
  const uint64_t processes = (sweep.second_stride > 0 ? 25 : 1) * (runs / kDeathsOfAProcess + 1);
  DeathCensus census;
  for (uint64_t i = 0; i < processes && census.is_well(); ++i) {
    DeathSweep part = sweep;
    part.first = sweep.first + i * sweep.stride;
    part.stride = sweep.stride * processes;
    sweep_in_child(each.scenario, part, census);
  }
  return census;
}

bool run_one(const DeathCase& each, const std::vector<uint64_t>& at) {
  const Verdict verdict = run_with_deaths(each.scenario, at);
  for (size_t i = 0; i < kDeathPoints; ++i) {
    if (verdict.points_died_at[i] > 0) print(fmt::format("died at: {}\n", name_of(static_cast<DeathPoint>(i))));
  }
  for (const std::string& fault : verdict.faults) print("  " + fault + "\n");
  print(fmt::format("{}: {} deaths, {} operations, {}\n", each.name, verdict.deaths, verdict.operations,
                    verdict.faults.empty() ? "all is well" : "FAILED"));
  return verdict.faults.empty();
}

void print_points(const std::vector<DeathCase>& cases, const std::vector<DeathCensus>& found) {
  std::string head = fmt::format("{:26}", "deaths at");
  for (const DeathCase& each : cases) head += fmt::format(" {:>{}}", each.name, std::max<size_t>(6, each.name.size()));
  print("\n" + head + "\n");
  uint32_t reached = 0;
  for (size_t i = 0; i < kDeathPoints; ++i) {
    std::string line = fmt::format("{:26}", name_of(static_cast<DeathPoint>(i)));
    uint64_t all = 0;
    for (size_t c = 0; c < found.size(); ++c) {
      line += fmt::format(" {:>{}}", found[c].died_at[i], std::max<size_t>(6, cases[c].name.size()));
      all += found[c].died_at[i];
    }
    reached += all > 0 ? 1 : 0;
    print(line + (all > 0 ? "\n" : "  never\n"));
  }
  print(fmt::format("{} of {} kinds of points\n", reached, kDeathPoints));
}

}  // namespace

bool report_deaths(const DeathReportOptions& options) {
  std::vector<DeathCase> cases = death_cases();
  std::erase_if(cases, [&](const DeathCase& each) { return !options.only.empty() && each.name != options.only; });
  bool is_well = !cases.empty();
  std::vector<DeathCensus> found;
  for (const DeathCase& each : cases) {
    if (!options.at.empty()) {
      is_well = run_one(each, options.at) && is_well;
      continue;
    }
    const DeathCensus& census = found.emplace_back(sweep_all(each, options.sweep));
    print(fmt::format("{:14} {:6} points, {:7} runs, {:7} deaths: {}\n", each.name, census.points, census.runs,
                      census.deaths, census.is_well() ? "all is well" : census.fault));
    if (census.is_well()) continue;
    is_well = false;
    print(fmt::format("FAILED; repeat with: sim_test --every-death --case {} --at {}\n", each.name, census.failed));
  }
  if (!found.empty()) print_points(cases, found);
  return is_well;
}

}  // namespace laneway::sim
