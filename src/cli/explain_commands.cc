// laneway vf explain, events
#include <poll.h>

#include <algorithm>
#include <ctime>

#include "cli/commands.h"
#include "cli/explain_view.h"

namespace laneway {

namespace {

uint64_t host_time_s() { return static_cast<uint64_t>(std::time(nullptr)); }

void sort_by_time(Json& requests) {
  std::stable_sort(requests.begin(), requests.end(),
                   [](const Json& a, const Json& b) { return number_at(a, "total_us") > number_at(b, "total_us"); });
}

class ExplainFunction final : public Command {
 public:
  explicit ExplainFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_flag("--slowest", is_by_time_, "Show the slowest first, not the last");
    app.add_option("--count", count_, "How many requests to show at most")
        ->check(CLI::Range(1u, 10000u).description(""))
        ->type_name("N")
        ->capture_default_str();
    app.footer(
        "The last slow requests and the slowest of the last hour, and what each of them waited for.\n"
        "Example:\n  laneway vf explain vm1");
  }

  ExitCode run(Session& session) override {
    Result<Json> explanation = session.call("vf.explain", {{"name", name_}});
    if (!explanation) return session.report(explanation.error());
    if (is_by_time_) sort_by_time((*explanation)["requests"]);
    if (session.wants_json()) {
      session.print_json(*explanation);
    } else {
      print_explanation(*explanation, count_, host_time_s(), session.out());
    }
    return ExitCode::ok;
  }

 private:
  std::string name_;
  bool is_by_time_ = false;
  uint32_t count_ = 10;
};

class ListEvents final : public Command {
 public:
  explicit ListEvents(CLI::App& app) {
    app.add_flag("--follow", follows_, "Wait for further ones, until Ctrl-C");
    app.add_option("--after", after_, "Only those with a higher number");
    app.footer(
        "Limits that hold requests back, paths that fail, targets that are slow.\nExample:\n  laneway events --follow");
  }

  ExitCode run(Session& session) override {
    for (;;) {
      Result<Json> page = session.call("events.list", {{"after", after_}, {"limit", 1000}});
      if (!page) return session.report(page.error());
      // Another engine answers, which counts anew.
      const uint64_t log = number_at(*page, "log");
      if (log_ != 0 && log != log_) after_ = 0;
      const bool is_other = log_ != 0 && log != log_;
      log_ = log;
      if (is_other) continue;
      if (session.wants_json() && !follows_) {
        session.print_json(*page);
        return ExitCode::ok;
      }
      show(session, *page);
      if (!follows_) return ExitCode::ok;
      (void)::poll(nullptr, 0, 1000);
    }
  }

 private:
  void show(Session& session, const Json& page) {
    for (const Json& event : member(page, "events")) {
      after_ = number_at(event, "number");
      if (session.wants_json()) {
        session.print_json(event);
      } else {
        print_event(event, host_time_s(), session.out());
      }
    }
    session.out().flush();
  }

  bool follows_ = false;
  uint64_t after_ = 0;
  uint64_t log_ = 0;
};

}  // namespace

void add_explain_commands(CommandTree& tree) {
  tree.add<ExplainFunction>(*tree.root().get_subcommand("vf"), "explain", "Shows why requests of a function were slow");
  tree.add<ListEvents>(tree.root(), "events", "Lists what happened lately: limits, paths, targets");
}

}  // namespace laneway
