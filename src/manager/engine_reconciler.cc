#include "manager/engine_reconciler.h"

#include <algorithm>

#include "base/log.h"
#include "manager/engine_adoption.h"
#include "manager/engine_status.h"

namespace laneway {

namespace {

constexpr uint32_t kRepeatsMax = 3;  // a step that changes nothing is not made ever faster
constexpr uint32_t kDoublingsMax = 5;

uint64_t pause_after(uint32_t failures) { return kSecond << std::min(failures, kDoublingsMax); }

std::string key_of(const EngineStep& step) { return store_key(step.kind, step.name); }

}  // namespace

EngineReconciler::EngineReconciler(const EngineParts& parts)
    : parts_(parts), event_reader_(parts.engine, parts.events, parts.ledger) {}

EngineReconciler::~EngineReconciler() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void EngineReconciler::start() {
  threads_.emplace_back([this] { run(); });
  for (uint32_t i = 0; i < kWorkers; ++i) threads_.emplace_back([this] { run_worker(); });
}

void EngineReconciler::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  changed_.notify_all();
}

EngineView EngineReconciler::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

// Looking

void EngineReconciler::run() {
  while (true) {
    const uint64_t pause_ns = look_and_plan();
    std::unique_lock lock(mutex_);
    const auto ends = [this] { return is_stopping_ || is_woken_; };
    (void)changed_.wait_for(lock, std::chrono::nanoseconds(pause_ns), ends);
    if (is_stopping_) return;
    is_woken_ = false;
  }
}

void EngineReconciler::turn() {
  (void)look_and_plan();
  while (true) {
    EngineStep step;
    {
      const std::lock_guard lock(mutex_);
      if (steps_.empty()) return;
      step = std::move(steps_.front());
      steps_.pop_front();
    }
    do_step(step);
  }
}

// How long to wait before the next look.
uint64_t EngineReconciler::look_and_plan() {
  {
    const std::lock_guard lock(mutex_);
    ++looks_;
  }
  EngineView view = look_at_engine(parts_.engine);
  tell_of_engine(view);
  if (view.is_up && !is_adopted_) {
    const Result<void> adopted = adopt_engine(view, parts_.catalog, parts_.ledger);
    is_adopted_ = adopted.has_value();
    if (!adopted) log_error("What the engine has was not adopted and is tried again: {}", adopted.error().message);
  }
  tell_of_strangers(view);
  const bool is_up = view.is_up;
  if (is_up) event_reader_.read();
  if (is_as_planned(view)) return pause_ns_;
  const uint64_t news = parts_.news.last_number();
  if (is_up) bind_volumes(view);
  const EnginePlan plan = is_adopted_ ? plan_for(parts_.catalog, view) : EnginePlan();
  take_view(std::move(view));
  admit(plan);
  write_statuses();
  settle(plan);
  planned_news_ = news;
  pause_ns_ = is_up ? kLookEveryNs : std::min(pause_ns_ * 2, kLookDownMaxNs);
  return pause_ns_;
}

// The same in the engine, in the catalog and under way as at the last plan, which would be the next one.
bool EngineReconciler::is_as_planned(const EngineView& view) const {
  if (!view.is_up || !is_adopted_ || planned_news_ != parts_.news.last_number()) return false;
  const std::lock_guard lock(mutex_);
  return attempts_.empty() && view_.is_up && view.targets == view_.targets && view.groups == view_.groups &&
         view.functions == view_.functions;
}

void EngineReconciler::take_view(EngineView view) {
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

void EngineReconciler::tell_of_engine(const EngineView& view) {
  if (has_looked_ && view.is_up == was_up_) return;
  if (view.is_up) {
    parts_.events.add({Severity::info, Kind::host, "engine", "engine_up",
                       fmt::format("The engine answers (version {}, process {}).", text_at(view.status, "version"),
                                   number_at(view.status, "pid"))});
  } else {
    parts_.events.add({Severity::error, Kind::host, "engine", "engine_down", view.reason});
  }
  has_looked_ = true;
  was_up_ = view.is_up;
}

// What somebody made in the engine by hand is left alone and told once.
void EngineReconciler::tell_of_strangers(const EngineView& view) {
  if (!view.is_up) return;
  std::set<std::string> there;
  for (const Kind kind : {Kind::target, Kind::policy, Kind::function}) {
    for (const auto& [name, thing] : view.of(kind)) {
      if (parts_.catalog.find(kind, name)) continue;
      there.insert(store_key(kind, name));
      if (strangers_.contains(store_key(kind, name))) continue;
      parts_.events.add(
          {Severity::warning, kind, name, "not_managed",
           fmt::format("The engine has a {} '{}' that lanewayd did not make; it is left alone: make it here "
                       "with the same settings to manage it, or delete it with the engine's command.",
                       facts_of(kind).name, name)});
    }
  }
  strangers_ = std::move(there);
}

// Remembers which disk is behind a volume, so that no other one is ever taken for it.
void EngineReconciler::bind_volumes(const EngineView& view) {
  for (const Resource& function : parts_.catalog.all(Kind::function)) {
    const Json* known = view.find(Kind::function, function.name);
    if (known == nullptr || text_at(*known, "state") != "serving") continue;
    const auto held = parts_.ledger.hold();
    std::optional<Resource> volume = parts_.catalog.find(Kind::volume, text_at(function.spec, "volume"));
    if (!volume) continue;
    Json notes = volume->notes;
    if (text_at(notes, "identity").empty() && text_at(volume->spec, "kind") == "lun") {
      notes["identity"] = text_at(*known, "identity");
    }
    if (text_at(volume->spec, "kind") == "file") notes["is_made"] = true;
    if (notes == volume->notes || notes.value("identity", "-").empty()) continue;
    volume->notes = std::move(notes);
    if (Result<void> noted = parts_.ledger.set_notes(*volume); !noted) log_warning("{}", noted.error().message);
  }
}

// Beginning and ending steps

void EngineReconciler::admit(const EnginePlan& plan) {
  {
    const std::lock_guard lock(mutex_);
    waits_.clear();
    for (const auto& [key, settled] : plan.settled) waits_[key] = settled.reason;
    for (const EngineStep& step : plan.steps) {
      if (may_begin(step)) steps_.push_back(step);
    }
  }
  changed_.notify_all();
}

// With mutex_ held.
bool EngineReconciler::may_begin(const EngineStep& step) {
  const std::optional<Resource> resource = parts_.catalog.find(step.kind, step.name);
  if (!resource) return false;
  Attempt& attempt = attempts_[key_of(step)];
  if (attempt.is_busy || looks_ < attempt.seen_at_look) return false;
  if (attempt.generation != resource->generation) {
    attempt = Attempt();
    attempt.generation = resource->generation;
  }
  if (clock_.now_ns() < attempt.not_before_ns) return false;
  attempt.is_busy = true;
  return true;
}

void EngineReconciler::settle(const EnginePlan& plan) {
  for (const Kind kind : {Kind::policy, Kind::target, Kind::function}) {
    for (const Resource& resource : parts_.catalog.all(kind)) {
      const auto found = plan.settled.find(store_key(kind, resource.name));
      if (found == plan.settled.end()) continue;
      if (!found->second.reason.empty()) {
        parts_.tasks.note(kind, resource.name, found->second.reason);
        continue;
      }
      parts_.tasks.settle(kind, resource.name, found->second.generation, "");
      const std::lock_guard lock(mutex_);
      attempts_.erase(store_key(kind, resource.name));
    }
  }
}

void EngineReconciler::run_worker() {
  while (true) {
    EngineStep step;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_stopping_ || !steps_.empty(); });
      if (is_stopping_) return;
      step = std::move(steps_.front());
      steps_.pop_front();
    }
    do_step(step);
    wake();
  }
}

void EngineReconciler::do_step(const EngineStep& step) {
  parts_.tasks.note(step.kind, step.name, step.text + ".");
  if (step.ends == EngineStep::Ends::forgotten) {
    const Result<void> forgotten = forget(step);
    return finish(step, forgotten ? Result<Json>(Json()) : Result<Json>(tl::unexpected<Error>(forgotten.error())));
  }
  finish(step, make_calls(step));
}

Result<Json> EngineReconciler::make_calls(const EngineStep& step) {
  Result<Json> answer = Json();
  for (const EngineCall& call : step.calls) {
    Json params = call.params;
    if (call.method == "target.login") {
      if (Result<void> added = add_secrets(step, params); !added) return pass_on(added);
    }
    answer = parts_.engine.call(call.method, params, kEngineChangeNs);
    if (!answer) return answer;
  }
  return answer;
}

Result<void> EngineReconciler::add_secrets(const EngineStep& step, Json& params) {
  const std::optional<Resource> target = parts_.catalog.find(Kind::target, step.name);
  if (!target || !target->spec.contains("chap")) return {};
  Result<std::string> text = parts_.ledger.read(secret_key(Kind::target, step.name));
  if (!text) return pass_on(text);
  const Result<Json> secrets = parse_json(*text, 4096);
  for (const char* which : {"chap", "mutual_chap"}) {
    const Json& wanted = member(target->spec, which);
    if (wanted.is_null()) continue;
    const std::string secret = secrets ? text_at(*secrets, which) : "";
    if (secret.empty()) {
      return fail(ErrorCode::invalid_argument,
                  "Its CHAP secret is known to a former engine only; give spec.{}.secret anew.", which);
    }
    params[which] = {{"user", text_at(wanted, "user")}, {"secret", secret}};
  }
  return {};
}

Result<void> EngineReconciler::forget(const EngineStep& step) {
  const auto held = parts_.ledger.hold();
  const std::optional<Resource> resource = parts_.catalog.find(step.kind, step.name);
  if (!resource || !resource->is_deleting) return {};  // somebody took it back
  LedgerChange change;
  change.removals.push_back(*resource);
  const AuditSubject subject{std::string(facts_of(step.kind).name), step.name};
  Result<uint64_t> gone = parts_.ledger.commit(std::move(change), own_actor("forget"), subject);
  if (!gone) return pass_on(gone);
  parts_.tasks.settle_gone(step.kind, step.name);
  return {};
}

void EngineReconciler::finish(const EngineStep& step, const Result<Json>& outcome) {
  uint64_t generation = 0;
  bool is_new_error = false;
  {
    const std::lock_guard lock(mutex_);
    Attempt& attempt = attempts_[key_of(step)];
    attempt.is_busy = false;
    attempt.seen_at_look = looks_ + 1;
    attempt.failures = outcome ? 0 : attempt.failures + 1;
    ++attempt.repeats;
    const bool is_calm = outcome && attempt.repeats <= kRepeatsMax;
    attempt.not_before_ns = is_calm ? 0 : clock_.now_ns() + pause_after(outcome ? attempt.repeats : attempt.failures);
    is_new_error = !outcome && attempt.error != outcome.error().message;
    attempt.error = outcome ? "" : outcome.error().message;
    generation = attempt.generation;
    if (outcome && step.ends == EngineStep::Ends::forgotten) attempts_.erase(key_of(step));
  }
  if (outcome) {
    const std::optional<Resource> target = step.kind == Kind::target && outcome->contains("luns")
                                               ? parts_.catalog.find(step.kind, step.name)
                                               : std::nullopt;
    if (!target) return;
    Json status = target->status;
    status["luns"] = luns_of(*outcome);
    return parts_.catalog.set_status(step.kind, step.name, std::move(status));
  }
  if (const std::optional<Resource> resource = parts_.catalog.find(step.kind, step.name)) {
    write_status(*resource, this->view());
  }
  // An engine that is gone has refused nothing: the task waits for the next one.
  if (outcome.error().code == ErrorCode::unreachable && !look_at_engine(parts_.engine).is_up) {
    return parts_.tasks.note(step.kind, step.name, outcome.error().message);
  }
  parts_.tasks.settle(step.kind, step.name, generation, outcome.error().message);
  if (is_new_error) {
    parts_.events.add({Severity::warning, step.kind, step.name, "refused", outcome.error().message});
  }
}

// Statuses

std::string EngineReconciler::error_of(const Resource& resource) const {
  const std::string key = store_key(resource.kind, resource.name);
  const std::lock_guard lock(mutex_);
  const auto attempt = attempts_.find(key);
  if (attempt != attempts_.end() && !attempt->second.error.empty()) return attempt->second.error;
  const auto wait = waits_.find(key);
  return wait == waits_.end() ? "" : wait->second;
}

void EngineReconciler::write_statuses() {
  const EngineView now = view();
  for (const Kind kind : {Kind::target, Kind::policy, Kind::function, Kind::volume}) {
    for (const Resource& each : parts_.catalog.all(kind)) write_status(each, now);
  }
}

void EngineReconciler::write_status(const Resource& resource, const EngineView& view) {
  const std::string error = error_of(resource);
  Json status = resource.kind == Kind::target     ? target_status(resource, view, error)
                : resource.kind == Kind::function ? function_status(resource, view, error)
                : resource.kind == Kind::policy   ? policy_status(resource, view, error, parts_.catalog)
                                                  : volume_status(resource, view, parts_.catalog);
  parts_.catalog.set_status(resource.kind, resource.name, std::move(status));
}

}  // namespace laneway
