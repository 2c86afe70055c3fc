#include "manager/engine_adoption.h"

#include "base/log.h"
#include "manager/engine_wish.h"
#include "manager/first_status.h"
#include "manager/wall_clock.h"

namespace laneway {

namespace {

constexpr const char* kMark = "meta/adopted";

void copy_fields(const Json& from, std::initializer_list<const char*> fields, Json& into) {
  for (const char* field : fields) {
    if (const Json& value = member(from, field); !value.is_null() && value != "") into[field] = value;
  }
}

Resource adopted(Kind kind, const std::string& name, Json spec) {
  WallClock clock;
  Resource resource;
  resource.kind = kind;
  resource.name = name;
  resource.uid = new_uid();
  resource.generation = 1;
  resource.created_at = utc_text(clock.now_ms());
  resource.spec = std::move(spec);
  return resource;
}

Resource target_of(const std::string& name, const Json& known) {
  Json spec = Json::object();
  copy_fields(
      known,
      {"iqn", "portal", "chap_algorithms", "header_digest", "data_digest", "sessions_max", "replacement_timeout_s",
       "noop_interval_s", "noop_timeout_s", "login_timeout_s", "shared_luns", "fence_delay_s"},
      spec);
  const std::string user = text_at(known, "chap_user");
  const std::string mutual = text_at(known, "mutual_chap_user");
  if (!user.empty()) spec["chap"] = {{"user", user}};
  if (!mutual.empty()) spec["mutual_chap"] = {{"user", mutual}};
  Resource target = adopted(Kind::target, name, std::move(spec));
  if (!user.empty()) target.notes["secrets"] = "kept_by_engine";
  return target;
}

Json volume_spec_of(const Json& known) {
  const std::string backend = text_at(known, "backend");
  Json spec = {{"kind", backend == "iscsi" ? "lun" : backend}};
  if (backend == "iscsi") {
    for (const Json& path : member(known, "paths")) {
      Json kept = Json::object();
      copy_fields(path, {"target", "lun", "portal", "preferred"}, kept);
      spec["paths"].push_back(std::move(kept));
    }
    copy_fields(known, {"path_policy", "failback_s", "one_task_set"}, spec);
    return spec;
  }
  copy_fields(known, {"path"}, spec);
  spec["block_bytes"] = number_at(known, "block_bytes", 512);
  if (backend != "file") spec["size_bytes"] = number_at(known, "capacity_bytes");
  return spec;
}

Json function_spec_of(const std::string& name, const Json& known) {
  Json spec = {{"volume", name},
               {"desired", "serving"},
               {"policy", text_at(known, "group")},
               {"limits", member(known, "limits")},
               {"serial", ""},
               {"reactors", 1},
               {"socket_path", ""}};
  copy_fields(known, {"queues", "queue_size", "cache", "deadline_s", "serial"}, spec);
  // A LUN that is write-protected by itself looks the same; lanewayd asks for it then.
  spec["read_only"] = flag_at(known, "read_only");
  return spec;
}

Result<void> adopt(std::vector<Resource> resources, const Catalog& catalog, Ledger& ledger) {
  const auto held = ledger.hold();
  LedgerChange change;
  for (Resource& resource : resources) {
    if (catalog.find(resource.kind, resource.name)) continue;
    resource.status = first_status(resource);
    change.puts.push_back(std::move(resource));
  }
  if (change.puts.empty()) return {};
  const AuditSubject subject{std::string(facts_of(change.puts.back().kind).name), change.puts.back().name};
  log_info("{} '{}' of the engine is managed from now on", subject.kind, subject.name);
  Result<uint64_t> done = ledger.commit(std::move(change), own_actor("adopt"), subject);
  if (!done) return pass_on(done);
  return {};
}

}  // namespace

Result<void> adopt_engine(const EngineView& view, const Catalog& catalog, Ledger& ledger) {
  Result<std::string> mark = ledger.read(kMark);
  if (!mark) return pass_on(mark);
  if (!mark->empty()) return {};
  for (const auto& [name, known] : view.groups) {
    Resource policy =
        adopted(Kind::policy, name, {{"mode", "shared"}, {"limits", set_limits(member(known, "limits"))}});
    if (Result<void> done = adopt({std::move(policy)}, catalog, ledger); !done) return done;
  }
  for (const auto& [name, known] : view.targets) {
    if (Result<void> done = adopt({target_of(name, known)}, catalog, ledger); !done) return done;
  }
  for (const auto& [name, known] : view.functions) {
    std::vector<Resource> both = {adopted(Kind::volume, name, volume_spec_of(known)),
                                  adopted(Kind::function, name, function_spec_of(name, known))};
    if (Result<void> done = adopt(std::move(both), catalog, ledger); !done) return done;
  }
  const auto held = ledger.hold();
  return ledger.mark(kMark, "1");
}

}  // namespace laneway
