#pragma once
// HostPlan is what apply has to do: what is to be made, changed and deleted so that lanewayd has what a file declares,
// in an order in which nothing refers to what is not there. Computed from the two; nothing is remembered. One thread.

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/difference.h"
#include "cli/host_file.h"

namespace laneway {

struct HostStep {
  enum class Verb : uint8_t { create, change, remove };
  Verb verb = Verb::create;
  const Noun* noun = nullptr;
  std::string name;
  Json spec = {};         // as the file says; of removals none
  std::string etag = {};  // of what was looked at; empty for what is new
  std::vector<FieldDifference> differences = {};
};

struct HostPlan {
  std::vector<HostStep> steps;
  bool has(HostStep::Verb verb) const;
};

// `items` are lanewayd's documents of a kind, by its plural. With `is_pruning` what the file's kinds do not name goes.
HostPlan plan_host(const HostFile& file, const std::map<std::string, Json>& items, const SpecSchema& schema,
                   bool is_pruning);
void print_plan(const HostPlan& plan, std::ostream& out);
Json encode_plan(const HostPlan& plan);

}  // namespace laneway
