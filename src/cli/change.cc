#include "cli/change.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/clock.h"

namespace laneway {

namespace {

constexpr size_t kBarWidth = 24;

// A line on the error stream that is written over; nothing where that is no terminal.
class ProgressBar {
 public:
  explicit ProgressBar(std::ostream& err) : err_(err), is_shown_(::isatty(STDERR_FILENO) == 1) {}
  ~ProgressBar() {
    if (is_shown_) err_ << "\r\x1b[K" << std::flush;
  }
  void show(const Json& task) {
    if (!is_shown_) return;
    const size_t percent = static_cast<size_t>(std::min<uint64_t>(number_at(task, "progress"), 100));
    const size_t filled = percent * kBarWidth / 100;
    const Json& subject = member(task, "subject");
    const Json& log = member(task, "log");
    const std::string last = log.is_array() && !log.empty() ? text_at(log.back(), "text") : text_at(task, "reason");
    err_ << fmt::format("\r\x1b[K[{}{}] {:3} %  {} {} {}{}{}", std::string(filled, '#'),
                        std::string(kBarWidth - filled, ' '), percent, text_at(task, "verb"), text_at(subject, "kind"),
                        text_at(subject, "name"), last.empty() ? "" : ": ", last.substr(0, 60))
         << std::flush;
  }

 private:
  std::ostream& err_;
  const bool is_shown_;
};

}  // namespace

void Change::add_to(CLI::App& app, Kind kind) {
  app.add_flag("--dry-run", is_dry_run_, "Check it and show what would change, no more");
  add_wait_to(app, kind == Kind::destructive);
}

void Change::add_wait_to(CLI::App& app, bool is_asking) {
  app.add_option("--wait", wait_s_, "Wait this long for the engine (default: 120; 0: only until it is stored)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0u, 86400u).description(""));
  if (is_asking) app.add_flag("--yes", is_agreed_, "Do not ask (scripts)");
}

std::optional<ExitCode> Change::confirm(ApiSession& session, const std::string& question) const {
  if (is_agreed_) return std::nullopt;
  if (::isatty(STDIN_FILENO) != 1) {
    return session.report_usage("Nobody can be asked '" + question + "' here; give --yes to do it without a question.");
  }
  session.err() << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return std::nullopt;
  session.say("Nothing was changed.");
  return ExitCode::refused;
}

Result<void> Change::wait_for(ApiSession& session, const std::string& task) const {
  MonotonicClock clock;
  const uint64_t until_ns = clock.now_ns() + wait_s_ * kSecond;
  ProgressBar bar(session.err());
  while (true) {
    const uint64_t now_ns = clock.now_ns();
    const uint64_t left_s = until_ns > now_ns ? (until_ns - now_ns) / kSecond : 0;
    const std::string query = left_s > 0 ? "?wait=1" : "?wait=0";
    Result<Json> document = session.get("/tasks/" + encode_segment(task) + query);
    if (!document) return pass_on(document);
    const std::string state = text_at(*document, "state");
    if (state == "done") return {};
    if (state == "failed" || state == "cancelled") {
      const std::string reason = text_at(*document, "reason");
      return fail(ErrorCode::refused, "{}", reason.empty() ? "The task was cancelled." : reason);
    }
    bar.show(*document);
    if (left_s > 0) continue;
    return fail(ErrorCode::timed_out, "It is stored and under way; laneway task wait {} waits on.", task);
  }
}

Result<ApiAnswer> Change::carry_out(ApiSession& session, ApiRequest request) const {
  Result<ApiAnswer> answer = session.ask(request);
  if (!answer || answer->task.empty() || is_dry_run_ || wait_s_ == 0) return answer;
  if (Result<void> done = wait_for(session, answer->task); !done) return pass_on(done);
  return answer;
}

ExitCode Change::report(ApiSession& session, const Error& error) const {
  const ExitCode code = session.report(error);
  return error.code == ErrorCode::timed_out && code == ExitCode::refused ? ExitCode::unfinished : code;
}

}  // namespace laneway
