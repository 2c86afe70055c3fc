// laneway apply, export: a host declared in a file.
#include <algorithm>
#include <ostream>

#include "cli/commands.h"
#include "cli/host_plan.h"

namespace laneway {

namespace {

class ApplyHost final : public ApiCommand {
 public:
  ApplyHost(CLI::App& app, const SpecSchema& schema) : schema_(schema) {
    app.add_option("-f,--file", path_, "The file; - is standard input")->required()->type_name(kFilePath);
    app.add_flag("--prune", is_pruning_, "Also delete what the file's kinds do not name");
    change_.add_to(app, Change::Kind::destructive);
    app.footer(
        "Shows the difference, asks where something is changed or deleted, and brings lanewayd there; a second time\n"
        "there is nothing to do. A file has targets, volumes, policies, functions and users by name:\n"
        "  volumes:\n"
        "    disk1: {kind: lun, paths: [{target: array, lun: 1}]}\n"
        "  functions:\n"
        "    vm1: {volume: disk1, limits: {iops_max: 5000}}\n"
        "Kinds that it does not mention are left alone. Examples:\n"
        "  laneway apply -f host.yaml --dry-run\n"
        "  laneway export | laneway --url https://OTHER:443 apply -f - --yes");
  }

  ExitCode run(ApiSession& session) override {
    Result<HostFile> file = read_host_file(path_);
    if (!file) return session.report_usage(file.error().message);
    Result<HostPlan> plan = make_plan(session, *file);
    if (!plan) return session.report(plan.error());
    if (!session.wants_data()) print_plan(*plan, session.out());
    if (session.wants_data()) session.print_data(encode_plan(*plan));
    if (const Result<void> checked = check(session, *plan); !checked) return session.report(checked.error());
    if (plan->steps.empty() && !session.wants_data()) session.out() << "Nothing to change.\n";
    if (plan->steps.empty() || change_.is_dry_run()) return ExitCode::ok;
    const bool is_only_new = !plan->has(HostStep::Verb::change) && !plan->has(HostStep::Verb::remove);
    if (!is_only_new) {
      if (const auto end = change_.confirm(session, question(*plan))) return *end;
    }
    if (const Result<void> done = carry_out(session, *plan); !done) return change_.report(session, done.error());
    if (!session.wants_data()) session.out() << fmt::format("{} changes are done\n", plan->steps.size());
    return ExitCode::ok;
  }

 private:
  Result<HostPlan> make_plan(ApiSession& session, const HostFile& file) const {
    std::map<std::string, Json> items;
    for (const auto& [plural, specs] : file.sections) {
      Result<Json> list = session.list("/" + plural);
      if (!list) return pass_on(list);
      items[plural] = std::move(*list);
    }
    return plan_host(file, items, schema_, is_pruning_);
  }

  static std::string question(const HostPlan& plan) {
    size_t counts[3] = {};
    for (const HostStep& step : plan.steps) ++counts[static_cast<size_t>(step.verb)];
    return fmt::format("Create {}, change {}, delete {}?", counts[0], counts[1], counts[2]);
  }

  static bool has_text(const Json& value, const std::string& text) {
    if (value.is_string()) return value.get_ref<const std::string&>() == text;
    return value.is_structured() &&
           std::any_of(value.begin(), value.end(), [&](const Json& each) { return has_text(each, text); });
  }

  static bool may_be_mended(const HostStep& step, const HostPlan& plan) {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const HostStep& other) {
      if (&other == &step) return false;
      const bool is_removal = other.verb == HostStep::Verb::remove;
      return is_removal || step.verb == HostStep::Verb::remove || has_text(step.spec, other.name);
    });
  }

  static ApiRequest request_of(const HostStep& step, bool is_dry_run) {
    const bool is_removal = step.verb == HostStep::Verb::remove;
    return {.verb = is_removal ? "DELETE" : "PUT",
            .path = path_of(*step.noun, step.name) + (is_dry_run ? "?dry_run=true" : ""),
            .body = is_removal ? Json() : Json{{"spec", step.spec}},
            .if_match = step.etag};
  }

  static tl::unexpected<Error> about(const HostStep& step, Error error) {
    error.message = fmt::format("{} {}: {}", step.noun->name, step.name, error.message);
    return tl::unexpected<Error>(std::move(error));
  }

  // Nothing is changed where lanewayd would refuse one of them. What a step is refused for may be what another one of
  // the plan mends: that is only known when that is done.
  static Result<void> check(ApiSession& session, const HostPlan& plan) {
    for (const HostStep& step : plan.steps) {
      const Result<ApiAnswer> draft = session.ask(request_of(step, true));
      if (draft) continue;
      if (draft.error().code != ErrorCode::in_use || !may_be_mended(step, plan)) return about(step, draft.error());
    }
    return {};
  }

  // Those of one kind are sent together, and waited for together.
  Result<void> carry_out(ApiSession& session, const HostPlan& plan) const {
    std::vector<std::pair<const HostStep*, std::string>> tasks;
    const HostStep* before = nullptr;
    for (const HostStep& step : plan.steps) {
      const bool is_next_kind = before != nullptr && (before->noun != step.noun || before->verb != step.verb);
      if (is_next_kind) {
        if (Result<void> done = wait_for_all(session, tasks); !done) return done;
      }
      before = &step;
      const Result<ApiAnswer> answer = session.ask(request_of(step, false));
      if (!answer) return about(step, answer.error());
      if (!answer->task.empty()) tasks.emplace_back(&step, answer->task);
    }
    return wait_for_all(session, tasks);
  }

  Result<void> wait_for_all(ApiSession& session, std::vector<std::pair<const HostStep*, std::string>>& tasks) const {
    for (const auto& [step, task] : tasks) {
      if (const Result<void> done = change_.wait_for(session, task); !done) return about(*step, done.error());
    }
    tasks.clear();
    return {};
  }

  const SpecSchema& schema_;
  std::string path_;
  bool is_pruning_ = false;
  Change change_;
};

class ExportHost final : public ApiCommand {
 public:
  ExportHost(CLI::App& app, const SpecSchema& schema) : schema_(schema) {
    app.footer("Without secrets, and without what is by default. Example:\n  laneway export > host.yaml");
  }

  ExitCode run(ApiSession& session) override {
    const Result<HostFile> file = host_as_it_is(session, schema_);
    if (!file) return session.report(file.error());
    if (session.output != "json") session.output = "yaml";
    session.print_data(encode_host_file(*file));
    return ExitCode::ok;
  }

 private:
  const SpecSchema& schema_;
};

}  // namespace

void add_apply_commands(ApiCommands& tree, const SpecSchema& schema) {
  tree.add<ApplyHost>(tree.root(), "apply", "Brings a host to what a file declares", schema);
  tree.add<ExportHost>(tree.root(), "export", "Prints the host as a file for apply", schema);
}

}  // namespace laneway
