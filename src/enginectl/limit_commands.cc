// laneway-enginectl vf limit; laneway-enginectl group create, list, show, limit, delete
#include "enginectl/commands.h"
#include "terminal/limit_options.h"
#include "terminal/limit_view.h"

namespace laneway {

namespace {

// Calls and prints: the answer as JSON, or by `print`.
ExitCode call_and_print(EngineSession& session, const char* method, const Json& params,
                        void (*print)(const Json&, std::ostream&)) {
  const Result<Json> answer = session.call(method, params);
  if (!answer) return session.report(answer.error());
  if (session.wants_data()) {
    session.print_data(*answer);
  } else {
    print(*answer, session.out());
  }
  return ExitCode::ok;
}

class LimitFunction final : public EngineCommand {
 public:
  explicit LimitFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    limits_.add_to(app, LimitOptions::For::function);
    app.footer(
        "Changes what is given, at once, also for requests that wait; shows the limits where nothing is given.\n"
        "Examples:\n"
        "  laneway-enginectl vf limit vm1\n"
        "  laneway-enginectl vf limit vm1 --iops-max 5000 --iops-burst 20000 --burst-duration 10\n"
        "  laneway-enginectl vf limit vm1 --iops-max none --iops-burst none --burst-duration none\n"
        "  laneway-enginectl vf limit vm1 --group gold --iops-min 500");
  }
  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}};
    limits_.put_into(params);
    return call_and_print(session, "vf.limit", params, print_function_limits);
  }

 private:
  std::string name_;
  LimitOptions limits_;
};

class CreateGroup final : public EngineCommand {
 public:
  explicit CreateGroup(CLI::App& app) {
    app.add_option("name", name_, "Name of the new group: letters, digits, '.', '_' and '-', at most 64")->required();
    limits_.add_to(app, LimitOptions::For::group);
    app.footer(
        "Example:\n  laneway-enginectl group create gold --iops-max 20000 --bytes-max 500M\n"
        "Then put functions into it: laneway-enginectl vf limit NAME --group gold");
  }
  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}};
    limits_.put_into(params);
    return call_and_print(session, "group.create", params, print_group);
  }

 private:
  std::string name_;
  LimitOptions limits_;
};

class ListGroups final : public EngineCommand {
 public:
  explicit ListGroups(CLI::App& app) { app.footer("Example:\n  laneway-enginectl group list -o json"); }
  ExitCode run(EngineSession& session) override {
    return call_and_print(session, "group.list", Json::object(),
                          [](const Json& answer, std::ostream& out) { print_groups(member(answer, "groups"), out); });
  }
};

class ShowGroup final : public EngineCommand {
 public:
  explicit ShowGroup(CLI::App& app) {
    app.add_option("name", name_, "The group")->required()->type_name(kGroupName);
    app.footer("Example:\n  laneway-enginectl group show gold");
  }
  ExitCode run(EngineSession& session) override {
    return call_and_print(session, "group.show", {{"name", name_}}, print_group);
  }

 private:
  std::string name_;
};

class LimitGroup final : public EngineCommand {
 public:
  explicit LimitGroup(CLI::App& app) {
    app.add_option("name", name_, "The group")->required()->type_name(kGroupName);
    limits_.add_to(app, LimitOptions::For::group);
    app.footer("Changes what is given, at once. Example:\n  laneway-enginectl group limit gold --iops-max 30000");
  }
  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}};
    limits_.put_into(params);
    return call_and_print(session, "group.limit", params, print_group);
  }

 private:
  std::string name_;
  LimitOptions limits_;
};

class DeleteGroup final : public EngineCommand {
 public:
  explicit DeleteGroup(CLI::App& app) {
    app.add_option("name", name_, "The group")->required()->type_name(kGroupName);
    app.footer("Refused while functions are in it. Example:\n  laneway-enginectl group delete gold");
  }
  ExitCode run(EngineSession& session) override {
    return call_and_print(session, "group.delete", {{"name", name_}}, [](const Json& answer, std::ostream& out) {
      out << fmt::format("Group {} is gone\n", text_at(answer, "name"));
    });
  }

 private:
  std::string name_;
};

}  // namespace

void add_limit_commands(EngineCommands& tree) {
  tree.add<LimitFunction>(*tree.root().get_subcommand("vf"), "limit", "Changes or shows what a function may do");
  CLI::App& group = tree.add_group("group", "Groups of functions that share limits");
  tree.add<CreateGroup>(group, "create", "Makes a group");
  tree.add<ListGroups>(group, "list", "Lists the groups");
  tree.add<ShowGroup>(group, "show", "Shows one group and its members");
  tree.add<LimitGroup>(group, "limit", "Changes or shows what a group may do");
  tree.add<DeleteGroup>(group, "delete", "Removes a group without members");
}

}  // namespace laneway
