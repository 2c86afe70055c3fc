#include "manager/registry.h"

#include "manager/first_status.h"
#include "manager/rules.h"

namespace laneway {

namespace {

constexpr size_t kSecretsMaxBytes = 4096;

AuditSubject subject_of(Kind kind, const std::string& name) { return {std::string(facts_of(kind).name), name}; }

Answer<void> check_condition(const std::string& if_match, const std::optional<Resource>& before) {
  if (if_match.empty()) return {};
  if (!before) return refuse(412, "There is nothing yet that If-Match could mean", "leave it out", "If-Match");
  if (if_match == "*" || if_match == etag_of(*before)) return {};
  return refuse(412, fmt::format("If-Match is {}, and it has changed meanwhile to {}", if_match, etag_of(*before)),
                "read it again and decide anew", "If-Match");
}

tl::unexpected<Refusal> not_there(Kind kind, const std::string& name) {
  return refuse(404, fmt::format("There is no {} '{}'", facts_of(kind).name, quotable(name)),
                fmt::format("GET /api/v1/{} lists those there are", facts_of(kind).plural), "name");
}

}  // namespace

Answer<Granted> Registry::carry_out(const Wish& wish) {
  Answer<Granted> granted = [&] {
    const auto held = parts_.ledger.hold();
    Answer<Granted> outcome = carry_out_held(wish);
    const bool is_worth_telling = !outcome && outcome.error().status != 404 && !wish.is_dry_run;
    if (is_worth_telling) {
      parts_.ledger.record(wish.actor, subject_of(wish.kind, wish.name), outcome.error().detail);
    }
    return outcome;
  }();
  if (granted && facts_of(wish.kind).is_stored && listener_ != nullptr && !wish.is_dry_run) listener_->work_came();
  return granted;
}

Answer<Granted> Registry::carry_out_held(const Wish& wish) {
  std::optional<Resource> before = parts_.catalog.find(wish.kind, wish.name);
  if (wish.verb == Wish::Verb::patch && !before) return not_there(wish.kind, wish.name);
  if (auto met = check_condition(wish.if_match, before); !met) {
    const bool is_gone_already = wish.verb == Wish::Verb::remove && !before;
    if (!is_gone_already) return tl::unexpected<Refusal>(met.error());
  }
  if (wish.verb == Wish::Verb::remove) return remove(wish, before);
  if (before && before->is_deleting) {
    return refuse(409, fmt::format("{} '{}' is being deleted", facts_of(wish.kind).schema, wish.name),
                  "wait for its end, or cancel that task", "name");
  }
  return write(wish, std::move(before));
}

// The whole spec that is wished for, with its defaults.
Answer<Json> Registry::spec_of(const Wish& wish, const std::optional<Resource>& before) const {
  Json spec = wish.spec;
  if (wish.verb == Wish::Verb::patch) {
    spec = before->spec;
    spec.merge_patch(wish.spec);
    const std::string name = std::string(facts_of(wish.kind).schema) + "Spec";
    if (auto found = parts_.schema.check(parts_.document.schema(name), spec, "spec")) return refuse(400, *found);
  }
  drop_empty_limits(spec);
  return spec;
}

Answer<Granted> Registry::write(const Wish& wish, std::optional<Resource> before) {
  Answer<Json> spec = spec_of(wish, before);
  if (!spec) return tl::unexpected<Refusal>(spec.error());
  Draft draft{before.value_or(Resource()), before, wish.secrets};
  draft.next.kind = wish.kind;
  draft.next.name = wish.name;
  draft.next.spec = std::move(*spec);
  if (!before) draft.next.notes = wish.notes;
  Answer<bool> has_new_secret = wish.kind == Kind::target ? take_target_secrets(draft) : Answer<bool>(false);
  if (!has_new_secret) return tl::unexpected<Refusal>(has_new_secret.error());
  if (before && draft.next.spec == before->spec && !*has_new_secret) return Granted{*before, false, false, ""};
  if (before && wish.verb == Wish::Verb::create) {
    return refuse(409,
                  fmt::format("{} '{}' is there already, with another spec", facts_of(wish.kind).schema, wish.name),
                  "choose another name, or change that one with PUT or PATCH", "name");
  }
  if (auto fits = check_rules(draft.next, before ? &*before : nullptr, parts_.catalog); !fits) {
    return tl::unexpected<Refusal>(fits.error());
  }
  return commit(std::move(draft), wish);
}

// Secrets go from the spec to a key of their own; those that are not given stay as they are. True where one is new.
Answer<bool> Registry::take_target_secrets(Draft& draft) {
  const std::string key = secret_key(Kind::target, draft.next.name);
  Result<std::string> text = draft.before ? parts_.ledger.read(key) : Result<std::string>("");
  if (!text) return refuse(text.error());
  Result<Json> parsed = parse_json(text->empty() ? "{}" : *text, kSecretsMaxBytes);
  const Json known = parsed ? *parsed : Json::object();
  const bool is_kept_by_engine = text_at(draft.next.notes, "secrets") == "kept_by_engine";
  Json secrets = Json::object();
  for (const char* which : {"chap", "mutual_chap"}) {
    const auto chap = draft.next.spec.find(which);
    if (chap == draft.next.spec.end()) continue;
    const std::string given = text_at(*chap, "secret");
    chap->erase("secret");
    const bool is_same_user = draft.before && member(draft.before->spec, which) == *chap;
    const std::string kept = is_same_user ? text_at(known, which) : "";
    if (!given.empty() || !kept.empty()) secrets[which] = given.empty() ? kept : given;
    const bool is_unchanged = draft.before && draft.next.spec == draft.before->spec;
    if (!secrets.contains(which) && !(is_kept_by_engine && is_unchanged)) {
      return refuse(400, fmt::format("Field 'spec.{}.secret' is missing", which),
                    is_kept_by_engine ? "give it: only the engine knows the present one" : "give it",
                    fmt::format("spec.{}.secret", which));
    }
  }
  if (secrets.contains("chap") && text_at(secrets, "chap") == text_at(secrets, "mutual_chap")) {
    return refuse(400, "Field 'spec.mutual_chap.secret' is the same as that of spec.chap, which targets refuse",
                  "set two different ones", "spec.mutual_chap.secret");
  }
  if (secrets == known) return false;
  if (is_kept_by_engine && secrets.empty()) return false;
  draft.next.notes.erase("secrets");
  draft.secrets.push_back({key, secrets.empty() ? std::nullopt : std::optional<std::string>(to_line(secrets))});
  return true;
}

Answer<Granted> Registry::commit(Draft draft, const Wish& wish) {
  Resource& next = draft.next;
  if (!draft.before) {
    next.uid = new_uid();
    next.created_at = utc_text(parts_.clock.now_ms());
  }
  ++next.generation;
  next.status = draft.before ? draft.before->status : first_status(next);
  const bool is_new = !draft.before;
  if (wish.is_dry_run) return Granted{next, is_new, false, ""};
  Result<uint64_t> revision =
      parts_.ledger.commit({{next}, {}, draft.secrets}, wish.actor, subject_of(next.kind, next.name));
  if (!revision) return refuse(503, revision.error().message, "");
  next.revision = *revision;
  return Granted{next, is_new, false, open_task(draft, is_new ? "create" : "change", wish.actor)};
}

std::string Registry::open_task(const Draft& draft, const char* verb, const Actor& actor) {
  const Resource& next = draft.next;
  if (!facts_of(next.kind).is_applied) return "";
  return parts_.tasks.open({verb, next.kind, next.name, next.uid, next.generation, draft.before, actor.who});
}

Answer<Granted> Registry::remove(const Wish& wish, const std::optional<Resource>& before) {
  if (!before) return Granted{Resource(), false, true, ""};
  if (auto unused = check_unused(*before, parts_.catalog); !unused) return tl::unexpected<Refusal>(unused.error());
  if (!wish.is_forced) {
    if (auto detached = check_detached(*before, parts_.catalog); !detached)
      return tl::unexpected<Refusal>(detached.error());
  }
  Draft draft{*before, before, {}};
  Resource& next = draft.next;
  const bool is_applied = facts_of(wish.kind).is_applied;
  if (wish.is_dry_run) return Granted{next, false, !is_applied, ""};
  LedgerChange change;
  if (!is_applied) {
    change.removals.push_back(next);
  } else {
    next.is_deleting = true;
    ++next.generation;
    if (wish.is_forced) next.notes["force"] = true;
    change.puts.push_back(next);
  }
  Result<uint64_t> revision = parts_.ledger.commit(std::move(change), wish.actor, subject_of(next.kind, next.name));
  if (!revision) return refuse(503, revision.error().message, "");
  next.revision = *revision;
  return Granted{next, false, !is_applied, open_task(draft, "delete", wish.actor)};
}

// The engine may be half-way: it is brought back like to any other spec.
Answer<void> Registry::cancel(const std::string& id, const Actor& actor) {
  const auto held = parts_.ledger.hold();
  const std::optional<TaskView> task = parts_.tasks.find(id);
  if (!task) return refuse(404, fmt::format("There is no task '{}'", quotable(id)), "the last 1,000 are kept", "id");
  const TaskGoal& goal = task->goal;
  if (goal.is_work && parts_.tasks.ask_to_cancel(id, actor.who)) {
    parts_.ledger.record(actor, subject_of(goal.kind, goal.name), "done");
    return {};
  }
  std::optional<Resource> now = parts_.catalog.find(goal.kind, goal.name);
  const bool is_current = now && now->uid == goal.uid && now->generation == goal.generation;
  if (!is_current || task->has_ended()) {
    return refuse(409, fmt::format("Task '{}' has ended", id), "change the resource itself instead", "id");
  }
  if (!goal.before) {
    if (auto unused = check_unused(*now, parts_.catalog); !unused) return unused;
  }
  if (goal.before) {
    now->spec = goal.before->spec;
    now->notes.erase("force");
  }
  now->is_deleting = !goal.before;
  ++now->generation;
  Result<uint64_t> revision = parts_.ledger.commit({{*now}, {}, {}}, actor, subject_of(goal.kind, goal.name));
  if (!revision) return refuse(503, revision.error().message, "");
  parts_.tasks.cancel(id, actor.who);
  if (listener_ != nullptr) listener_->work_came();
  return {};
}

Answer<void> Registry::remember(const Resource& resource, std::vector<StoreWrite> secrets, const Actor& actor) {
  const auto held = parts_.ledger.hold();
  const std::optional<Resource> now = parts_.catalog.find(resource.kind, resource.name);
  if (!now || now->uid != resource.uid) return not_there(resource.kind, resource.name);
  Resource next = *now;
  next.notes = resource.notes;
  next.status = first_status(next);
  Result<uint64_t> revision =
      parts_.ledger.commit({{next}, {}, std::move(secrets)}, actor, subject_of(next.kind, next.name));
  if (!revision) return refuse(503, revision.error().message, "");
  return {};
}

}  // namespace laneway
