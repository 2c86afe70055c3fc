// laneway-enginectl path list, add, remove, fail, retry, policy
#include "enginectl/commands.h"
#include "terminal/path_view.h"

namespace laneway {

namespace {

constexpr uint64_t kChangePatienceNs = 120 * kSecond;  // a target may have to log us in, requests to end

// Calls the method and prints the function's paths.
ExitCode change_paths(EngineSession& session, const char* method, const Json& params) {
  const Result<Json> paths = session.call(method, params, kChangePatienceNs);
  if (!paths) return session.report(paths.error());
  if (session.wants_data()) {
    session.print_data(*paths);
    return ExitCode::ok;
  }
  print_paths(*paths, session.out());
  return ExitCode::ok;
}

class ListPaths final : public EngineCommand {
 public:
  explicit ListPaths(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.footer("Example:\n  laneway-enginectl path list vm1");
  }
  ExitCode run(EngineSession& session) override { return change_paths(session, "path.list", {{"name", name_}}); }

 private:
  std::string name_;
};

class AddPath final : public EngineCommand {
 public:
  explicit AddPath(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("--target", target_, "A remembered target that shows the same disk")
        ->required()
        ->type_name(kTargetName);
    lun_ = app.add_option("--lun", lun_number_, "The LUN's number there (default: as on the first path)");
    app.add_option("--portal", portal_, "HOST[:PORT] of the target to use (default: the one it was logged in to at)");
    app.add_flag("--preferred", is_preferred_, "Requests take this path while it works");
    app.footer(
        "The disk behind it has to be the same one, by its identity; the guest does not notice.\n"
        "Example:\n  laneway-enginectl path add vm1 --target vol1 --portal 10.0.1.5");
  }
  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}, {"target", target_}, {"preferred", is_preferred_}};
    if (*lun_) params["lun"] = lun_number_;
    if (!portal_.empty()) params["portal"] = portal_;
    return change_paths(session, "path.add", params);
  }

 private:
  std::string name_, target_, portal_;
  uint64_t lun_number_ = 0;
  bool is_preferred_ = false;
  CLI::Option* lun_ = nullptr;
};

// remove, fail and retry take the same words.
class ChangePath final : public EngineCommand {
 public:
  ChangePath(CLI::App& app, const char* method, const std::string& footer) : method_(method) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("path", path_, "The path's number, of laneway-enginectl path list")->required();
    app.footer(footer);
  }
  ExitCode run(EngineSession& session) override {
    return change_paths(session, method_, {{"name", name_}, {"path", path_}});
  }

 private:
  const char* const method_;
  std::string name_;
  uint32_t path_ = 0;
};

class SetPathPolicy final : public EngineCommand {
 public:
  explicit SetPathPolicy(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    add_choice(app, "--policy", policy_, "How requests are spread over the paths that are good",
               {"failover", "round-robin", "queue-depth", "service-time"});
    failback_ = app.add_option("--failback", failback_s_, "Seconds a path that failed has to be well before its use");
    add_choice(app, "--one-task-set", one_task_set_,
               "yes: the array's targets with different names are ports of one logical unit, so that a reset over one "
               "path ends what is under way on all",
               {"yes", "no"});
    app.footer("It counts at once.\nExample:\n  laneway-enginectl path policy vm1 --policy service-time --failback 30");
  }
  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}};
    if (!policy_.empty()) params["path_policy"] = policy_;
    if (*failback_) params["failback_s"] = failback_s_;
    if (!one_task_set_.empty()) params["one_task_set"] = one_task_set_ == "yes";
    return change_paths(session, "path.policy", params);
  }

 private:
  std::string name_, policy_, one_task_set_;
  uint64_t failback_s_ = 0;
  CLI::Option* failback_ = nullptr;
};

}  // namespace

void add_path_commands(EngineCommands& tree) {
  CLI::App& group = tree.add_group("path", "Paths: several ways to the disk of one function");
  tree.add<ListPaths>(group, "list", "Lists a function's paths and how they are");
  tree.add<AddPath>(group, "add", "Adds a path to a function's disk");
  tree.add<ChangePath>(group, "remove", "Removes a path; what is under way on it ends first", "path.remove",
                       "Example:\n  laneway-enginectl path remove vm1 1");
  tree.add<ChangePath>(group, "fail", "Takes a path out until path retry", "path.fail",
                       "For work on a switch or a controller: what is under way on the path ends first.\n"
                       "Example:\n  laneway-enginectl path fail vm1 1");
  tree.add<ChangePath>(group, "retry", "Tries a path at once, and takes it back in", "path.retry",
                       "Ends the pause before the next attempt, and the wait until a path that failed is used again.\n"
                       "Example:\n  laneway-enginectl path retry vm1 1");
  tree.add<SetPathPolicy>(group, "policy", "Says how requests are spread over a function's paths");
}

}  // namespace laneway
