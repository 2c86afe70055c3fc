#include "cli/host_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace laneway {

namespace {

constexpr const char* kVerbs[] = {"create", "change", "delete"};
constexpr char kMarks[] = {'+', '~', '-'};

const char* verb_name(HostStep::Verb verb) { return kVerbs[static_cast<size_t>(verb)]; }

// A secret is not shown, and cannot be compared: lanewayd gives none back.
void hide_secrets(Json& spec) {
  for (const char* key : {"chap", "mutual_chap"}) {
    if (member(spec, key).is_object()) spec[key].erase("secret");
  }
}

std::string etag_of(const Json& document) { return fmt::format("\"{}\"", number_at(document, "revision")); }

const Json* find_item(const Json& items, const std::string& name) {
  for (const Json& item : items) {
    if (text_at(item, "name") == name) return &item;
  }
  return nullptr;
}

void add_wanted(const Noun& noun, const HostFile::Specs& specs, const Json& items, const SpecSchema& schema,
                HostPlan& plan) {
  for (const auto& [name, spec] : specs) {
    const Json* known = find_item(items, name);
    Json full = spec;
    schema.fill_in(schema.spec_of(noun.kind), full);
    hide_secrets(full);
    HostStep step{.noun = &noun, .name = name, .spec = spec};
    if (known == nullptr) {
      Json shown = spec;
      hide_secrets(shown);
      step.differences = differences(Json(), shown);
      plan.steps.push_back(std::move(step));
      continue;
    }
    step.verb = HostStep::Verb::change;
    step.etag = etag_of(*known);
    step.differences = differences(member(*known, "spec"), full);
    if (!step.differences.empty()) plan.steps.push_back(std::move(step));
  }
}

void add_removals(const Noun& noun, const HostFile::Specs& specs, const Json& items, HostPlan& plan) {
  for (const Json& item : items) {
    const std::string name = text_at(item, "name");
    if (specs.contains(name)) continue;
    plan.steps.push_back({.verb = HostStep::Verb::remove,
                          .noun = &noun,
                          .name = name,
                          .spec = Json(),
                          .etag = etag_of(item),
                          .differences = differences(member(item, "spec"), Json())});
  }
}

}  // namespace

bool HostPlan::has(HostStep::Verb verb) const {
  return std::any_of(steps.begin(), steps.end(), [&](const HostStep& step) { return step.verb == verb; });
}

HostPlan plan_host(const HostFile& file, const std::map<std::string, Json>& items, const SpecSchema& schema,
                   bool is_pruning) {
  HostPlan plan;
  std::vector<const Noun*> order = declared_nouns();
  const auto is_there = [&](const Noun& noun) { return file.sections.contains(noun.plural); };
  // Functions go first, so that others can have their disks; what they referred to goes last.
  const auto prune = [&](const Noun& noun, bool is_first) {
    const bool is_function = std::string_view(noun.kind) == "function";
    if (is_pruning && is_there(noun) && is_function == is_first) {
      add_removals(noun, file.sections.at(noun.plural), items.at(noun.plural), plan);
    }
  };
  for (const Noun* noun : order) prune(*noun, true);
  for (const Noun* noun : order) {
    if (is_there(*noun)) add_wanted(*noun, file.sections.at(noun->plural), items.at(noun->plural), schema, plan);
  }
  std::reverse(order.begin(), order.end());
  for (const Noun* noun : order) prune(*noun, false);
  return plan;
}

void print_plan(const HostPlan& plan, std::ostream& out) {
  for (const HostStep& step : plan.steps) {
    out << fmt::format("{} {} {}\n", kMarks[static_cast<size_t>(step.verb)], step.noun->name, step.name);
    print_differences(step.differences, out);
  }
}

Json encode_plan(const HostPlan& plan) {
  Json steps = Json::array();
  for (const HostStep& step : plan.steps) {
    Json changes = Json::array();
    for (const FieldDifference& each : step.differences) {
      changes.push_back({{"field", each.field}, {"before", each.before}, {"after", each.after}});
    }
    steps.push_back(
        {{"verb", verb_name(step.verb)}, {"kind", step.noun->kind}, {"name", step.name}, {"differences", changes}});
  }
  return {{"steps", steps}};
}

}  // namespace laneway
