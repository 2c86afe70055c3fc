// laneway-enginectl events
#include <poll.h>

#include <ctime>

#include "enginectl/commands.h"
#include "terminal/explain_view.h"

namespace laneway {

namespace {

uint64_t host_time_s() { return static_cast<uint64_t>(std::time(nullptr)); }

class ListEvents final : public EngineCommand {
 public:
  explicit ListEvents(CLI::App& app) {
    app.add_flag("--follow", follows_, "Wait for further ones, until Ctrl-C");
    app.add_option("--after", after_, "Only those with a higher number");
    app.footer(
        "Limits that hold requests back, paths that fail, targets that are slow.\nExample:\n  laneway-enginectl events "
        "--follow");
  }

  ExitCode run(EngineSession& session) override {
    for (;;) {
      Result<Json> page = session.call("events.list", {{"after", after_}, {"limit", 1000}});
      if (!page) return session.report(page.error());
      // Another engine answers, which counts anew.
      const uint64_t log = number_at(*page, "log");
      if (log_ != 0 && log != log_) after_ = 0;
      const bool is_other = log_ != 0 && log != log_;
      log_ = log;
      if (is_other) continue;
      if (session.wants_data() && !follows_) {
        session.print_data(*page);
        return ExitCode::ok;
      }
      show(session, *page);
      if (!follows_) return ExitCode::ok;
      (void)::poll(nullptr, 0, 1000);
    }
  }

 private:
  void show(EngineSession& session, const Json& page) {
    for (const Json& event : member(page, "events")) {
      after_ = number_at(event, "number");
      if (session.wants_data()) {
        session.print_data(event);
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

void add_event_commands(EngineCommands& tree) {
  tree.add<ListEvents>(tree.root(), "events", "Lists what happened lately: limits, paths, targets");
}

}  // namespace laneway
