// laneway vf stats, top
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/function_view.h"
#include "cli/top_view.h"

namespace laneway {

namespace {

class FunctionStatistics final : public Command {
 public:
  explicit FunctionStatistics(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.footer("Counters since the function was opened. Example:\n  laneway vf stats vm1");
  }

  ExitCode run(Session& session) override {
    const Result<Json> stats = session.call("vf.stats", {{"name", name_}});
    if (!stats) return session.report(stats.error());
    if (session.wants_json()) {
      session.print_json(*stats);
      return ExitCode::ok;
    }
    print_function_stats(*stats, session.out());
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

class FunctionTop final : public Command {
 public:
  explicit FunctionTop(CLI::App& app) {
    app.add_flag("--stages", has_stages_, "Show where requests spend their time (mean of each stage)");
    app.add_flag("--once", is_once_, "Measure one interval, print and end (as when the output is no terminal)");
    app.add_option("--interval", interval_s_, "Seconds between two looks")
        ->check(CLI::Range(1u, 3600u).description(""))
        ->type_name("SECONDS")
        ->capture_default_str();
    app.footer("Example:\n  laneway vf top --stages\nEnds with Ctrl-C.");
  }

  ExitCode run(Session& session) override {
    const bool is_live = !is_once_ && !session.wants_json() && ::isatty(STDOUT_FILENO) == 1;
    TopSample before;
    if (const Result<void> taken = take(session, before); !taken) return session.report(taken.error());
    do {
      wait_for_interval();
      TopSample after;
      if (const Result<void> taken = take(session, after); !taken) return session.report(taken.error());
      const Json rates = top_rates(before, after);
      if (session.wants_json()) session.print_json(rates);
      if (is_live) session.out() << "\x1b[H\x1b[J";  // home, clear below
      if (!session.wants_json()) (has_stages_ ? print_top_stages : print_top)(rates, session.out());
      session.out().flush();
      before = std::move(after);
    } while (is_live);
    return ExitCode::ok;
  }

 private:
  static Result<void> take(Session& session, TopSample& sample) {
    Result<Json> stats = session.call("vf.stats", Json::object());
    if (!stats) return pass_on(stats);
    sample.stats = std::move(*stats);
    MonotonicClock clock;
    sample.time_ns = clock.now_ns();
    return {};
  }

  void wait_for_interval() const { (void)::poll(nullptr, 0, static_cast<int>(interval_s_ * 1000)); }

  bool has_stages_ = false;
  bool is_once_ = false;
  uint32_t interval_s_ = 1;
};

}  // namespace

void add_function_stat_commands(CommandTree& tree) {
  CLI::App& group = *tree.root().get_subcommand("vf");
  tree.add<FunctionStatistics>(group, "stats", "Shows a function's counters and latencies");
  tree.add<FunctionTop>(group, "top", "Shows every function's load, live");
}

}  // namespace laneway
