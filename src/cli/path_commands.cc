// laneway path list, add, remove, fail, retry, policy. Which paths a function has is in its volume; taking one out and
// trying it again is asked of the engine.
#include <ostream>

#include "cli/commands.h"
#include "terminal/path_view.h"

namespace laneway {

namespace {

constexpr uint64_t kPathLimitNs = 160 * kSecond;  // a target may have to log us in, requests to end

std::string paths_of(const std::string& function) { return "/functions/" + encode_segment(function) + "/paths"; }

ExitCode show_paths(ApiSession& session, const ApiRequest& request) {
  const Result<ApiAnswer> paths = session.ask(request);
  if (!paths) return session.report(paths.error());
  if (session.wants_data()) {
    session.print_data(paths->body);
  } else {
    print_paths(paths->body, session.out());
  }
  return ExitCode::ok;
}

// The volume that a function serves.
Result<Json> volume_of(ApiSession& session, const std::string& function) {
  const Result<Json> document = session.get(path_of(*find_noun("function"), function));
  if (!document) return document;
  return session.get(path_of(*find_noun("volume"), text_at(member(*document, "spec"), "volume")));
}

ExitCode patch_volume(ApiSession& session, const Change& change, const Json& volume, const Json& patch) {
  return patch_resource(session, change, {*find_noun("volume"), text_at(volume, "name"), patch});
}

class ListPaths final : public ApiCommand {
 public:
  explicit ListPaths(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.footer("Example:\n  laneway path list vm1");
  }
  ExitCode run(ApiSession& session) override { return show_paths(session, {.path = paths_of(name_)}); }

 private:
  std::string name_;
};

// fail and retry take the same words.
class AskPath final : public ApiCommand {
 public:
  AskPath(CLI::App& app, const char* verb, const std::string& footer) : verb_(verb) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("path", path_, "The path's number, of laneway path list")->required();
    app.footer(footer);
  }
  ExitCode run(ApiSession& session) override {
    const Result<ApiAnswer> asked = session.ask({.verb = "POST",
                                                 .path = fmt::format("{}/{}/{}", paths_of(name_), path_, verb_),
                                                 .time_limit_ns = kPathLimitNs});
    if (!asked) return session.report(asked.error());
    return show_paths(session, {.path = paths_of(name_)});
  }

 private:
  const char* const verb_;
  std::string name_;
  uint32_t path_ = 0;
};

class AddPath final : public ApiCommand {
 public:
  explicit AddPath(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("--target", target_, "A target that shows the same disk")->required()->type_name(kTargetName);
    lun_ = app.add_option("--lun", lun_number_, "The LUN's number there (default: as on the first path)");
    app.add_option("--portal", portal_, "HOST[:PORT] of the target to use (default: its own)");
    app.add_flag("--preferred", is_preferred_, "Requests take this path while it works");
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        "The disk behind it has to be the same one, by its identity; the guest does not notice.\n"
        "Example:\n  laneway path add vm1 --target vol1 --portal 10.0.1.5");
  }
  ExitCode run(ApiSession& session) override {
    const Result<Json> volume = volume_of(session, name_);
    if (!volume) return session.report(volume.error());
    Json paths = member(member(*volume, "spec"), "paths");
    if (!paths.is_array() || paths.empty()) {
      session.say(fmt::format("Function {} is on no LUN, so it has no paths; laneway volume show {} says on what.",
                              name_, text_at(*volume, "name")));
      return ExitCode::refused;
    }
    Json path = {{"target", target_}, {"lun", *lun_ ? lun_number_ : number_at(paths.front(), "lun")}};
    path["preferred"] = is_preferred_;
    if (!portal_.empty()) path["portal"] = portal_;
    paths.push_back(std::move(path));
    return patch_volume(session, change_, *volume, {{"paths", paths}});
  }

 private:
  std::string name_, target_, portal_;
  uint64_t lun_number_ = 0;
  bool is_preferred_ = false;
  CLI::Option* lun_ = nullptr;
  Change change_;
};

class RemovePath final : public ApiCommand {
 public:
  explicit RemovePath(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("path", path_, "The path's number, of laneway path list")->required();
    change_.add_to(app, Change::Kind::harmless);
    app.footer("What is under way on it ends first. Not the last one. Example:\n  laneway path remove vm1 1");
  }
  ExitCode run(ApiSession& session) override {
    const Result<Json> known = session.get(paths_of(name_));
    if (!known) return session.report(known.error());
    const Result<Json> volume = volume_of(session, name_);
    if (!volume) return session.report(volume.error());
    Json paths = member(member(*volume, "spec"), "paths");
    for (const Json& path : member(*known, "paths")) {
      if (number_at(path, "path") != path_) continue;
      if (!take_out(path, paths)) break;
      return patch_volume(session, change_, *volume, {{"paths", paths}});
    }
    session.say(
        fmt::format("Function {} has no path {}; laneway path list {} shows those it has.", name_, path_, name_));
    return ExitCode::refused;
  }

 private:
  // The entry of the spec that the engine made this path of.
  static bool take_out(const Json& path, Json& paths) {
    for (size_t i = 0; i < paths.size(); ++i) {
      const std::string portal = text_at(paths[i], "portal");
      const bool is_it = text_at(paths[i], "target") == text_at(path, "target") &&
                         number_at(paths[i], "lun") == number_at(path, "lun") &&
                         (portal.empty() || text_at(path, "portal").starts_with(portal));
      if (!is_it) continue;
      paths.erase(i);
      return true;
    }
    return false;
  }

  std::string name_;
  uint32_t path_ = 0;
  Change change_;
};

class SetPathPolicy final : public ApiCommand {
 public:
  explicit SetPathPolicy(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    add_choice(app, "--policy", policy_, "How requests are spread over the paths that are good",
               {"failover", "round-robin", "queue-depth", "service-time"});
    failback_ = app.add_option("--failback", failback_s_, "Seconds a path that failed has to be well before its use");
    add_choice(app, "--one-task-set", one_task_set_,
               "yes: targets with different names are ports of one logical unit, so that a reset over one path ends "
               "what is under way on all",
               {"yes", "no"});
    change_.add_to(app, Change::Kind::harmless);
    app.footer("It counts at once.\nExample:\n  laneway path policy vm1 --policy service-time --failback 30");
  }
  ExitCode run(ApiSession& session) override {
    const Result<Json> volume = volume_of(session, name_);
    if (!volume) return session.report(volume.error());
    Json patch = Json::object();
    if (!policy_.empty()) patch["path_policy"] = policy_;
    if (*failback_) patch["failback_s"] = failback_s_;
    if (!one_task_set_.empty()) patch["one_task_set"] = one_task_set_ == "yes";
    if (patch.empty()) return show_paths(session, {.path = paths_of(name_)});
    return patch_volume(session, change_, *volume, patch);
  }

 private:
  std::string name_, policy_, one_task_set_;
  uint64_t failback_s_ = 0;
  CLI::Option* failback_ = nullptr;
  Change change_;
};

}  // namespace

void add_path_commands(ApiCommands& tree) {
  CLI::App& group = tree.add_group("path", "Paths: several ways to the disk of one function");
  tree.add<ListPaths>(group, "list", "Lists a function's paths and how they are");
  tree.add<AddPath>(group, "add", "Adds a path to a function's disk");
  tree.add<RemovePath>(group, "remove", "Removes a path; what is under way on it ends first");
  tree.add<AskPath>(group, "fail", "Takes a path out until path retry", "fail",
                    "For work on a switch or a controller: what is under way on the path ends first.\n"
                    "Example:\n  laneway path fail vm1 1");
  tree.add<AskPath>(group, "retry", "Tries a path at once, and takes it back in", "retry",
                    "Ends the pause before the next attempt, and the wait until a path that failed is used again.\n"
                    "Example:\n  laneway path retry vm1 1");
  tree.add<SetPathPolicy>(group, "policy", "Says how requests are spread over a function's paths");
}

}  // namespace laneway
