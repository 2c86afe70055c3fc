#include "manager/engine_plan.h"

#include <algorithm>

#include "manager/engine_function_plan.h"

namespace laneway {

namespace {

// Gathers what one resource needs.
class Planner {
 public:
  Planner(const Catalog& catalog, const EngineView& view) : catalog_(catalog), view_(view) {}

  EnginePlan plan() {
    for (const Resource& policy : catalog_.all(Kind::policy)) plan_policy(policy);
    for (const Resource& target : catalog_.all(Kind::target)) plan_target(target);
    for (const Resource& function : catalog_.all(Kind::function)) plan_function(function);
    return std::move(plan_);
  }

 private:
  void step(const Resource& resource, std::string text, std::vector<EngineCall> calls) {
    plan_.steps.push_back({resource.kind, resource.name, std::move(text), std::move(calls), EngineStep::Ends::nothing});
  }
  void forget(const Resource& resource) {
    plan_.steps.push_back({resource.kind, resource.name, "Is taken out of the store", {}, EngineStep::Ends::forgotten});
  }
  void settle(const Resource& resource, std::string reason = "") {
    plan_.settled[store_key(resource.kind, resource.name)] = {resource.generation, std::move(reason)};
  }
  void claim(const Resource& resource, const char* what) {
    step(resource, "Is noted in the engine as managed",
         {{"origin.set", {{"kind", what}, {"name", resource.name}, {"origin", origin_of(resource)}}}});
  }

  void plan_policy(const Resource& policy) {
    const Json* group = view_.find(Kind::policy, policy.name);
    const bool is_wanted = !policy.is_deleting && text_at(policy.spec, "mode") == "shared";
    if (group == nullptr) {
      if (policy.is_deleting) return forget(policy);
      if (!is_wanted) return settle(policy);
      return step(policy, "Makes the group", {{"group.create", group_wish(policy)}});
    }
    if (!is_wanted) {
      if (!member(*group, "members").empty()) return settle(policy, "Functions of the engine are still in the group.");
      return step(policy, "Deletes the group", {{"group.delete", {{"name", policy.name}}}});
    }
    const Json limits = set_limits(member(policy.spec, "limits"));
    if (limits != member(*group, "limits")) {
      return step(policy, "Changes the group's limits",
                  {{"group.limit", {{"name", policy.name}, {"limits", all_limits(limits)}}}});
    }
    text_at(*group, "origin") == origin_of(policy) ? settle(policy) : claim(policy, "group");
  }

  void plan_target(const Resource& target) {
    const Json* known = view_.find(Kind::target, target.name);
    const std::vector<EngineCall> logout = {{"target.logout", {{"name", target.name}}}};
    if (known == nullptr) {
      if (target.is_deleting) return forget(target);
      return step(target, "Logs in to the target", {{"target.login", target_wish(target)}});
    }
    const bool is_used = !member(*known, "functions").empty();
    if (target.is_deleting) {
      if (is_used) return settle(target, "Functions of the engine are still on the target.");
      return step(target, "Logs out of the target", logout);
    }
    const uint64_t generation = observed_generation(*known, target);
    if (generation == target.generation) return settle(target);
    // What lanewayd did not make, or made before a backup was restored, and is as it should be.
    if (generation == 0 && is_as_wished(target_wish(target), *known)) return claim(target, "target");
    if (is_used) return settle(target, "Functions of the engine are still on the target with its former settings.");
    step(target, "Logs in to the target with its new settings",
         {logout.front(), {"target.login", target_wish(target)}});
  }

  // All that target.list tells of what was asked for; secrets are not among it.
  static bool is_as_wished(const Json& wish, const Json& known) {
    for (const auto& [key, value] : wish.items()) {
      if (key == "origin") continue;
      if (key == "portal" ? full_portal(text_at(wish, "portal")) != text_at(known, "portal")
                          : member(known, key) != value) {
        return false;
      }
    }
    return true;
  }

  void plan_function(const Resource& function) {
    const Json* known = view_.find(Kind::function, function.name);
    const bool is_wanted = !function.is_deleting && text_at(function.spec, "desired") != "stopped";
    if (!is_wanted && known == nullptr) return function.is_deleting ? forget(function) : settle(function);
    if (!is_wanted) {
      return step(function, "Deletes the function",
                  {{"vf.delete", {{"name", function.name}, {"force", flag_at(function.notes, "force")}}}});
    }
    const FunctionWish wish = function_wish(function, catalog_, view_);
    if (!wish.waits_for.empty()) return settle(function, wish.waits_for);
    if (known == nullptr) return step(function, "Makes the function", {{"vf.create", wish.params}});
    const FunctionStep next = next_function_step(wish, *known);
    if (!next.calls.empty()) return step(function, next.text, next.calls);
    if (!next.obstacle.empty()) return settle(function, next.obstacle);
    text_at(*known, "origin") == origin_of(function) ? settle(function) : claim(function, "function");
  }

  const Catalog& catalog_;
  const EngineView& view_;
  EnginePlan plan_;
};

}  // namespace

EnginePlan plan_for(const Catalog& catalog, const EngineView& view) {
  if (!view.is_up) return {};
  return Planner(catalog, view).plan();
}

}  // namespace laneway
