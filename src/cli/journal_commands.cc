// laneway task list, show, wait, cancel; event list; audit list.
#include <algorithm>
#include <ostream>

#include "cli/commands.h"
#include "cli/document_view.h"
#include "cli/watch.h"
#include "terminal/table.h"

namespace laneway {

namespace {

// The columns of what is in a journal; their first page is the newest.
Noun task_rows() {
  return {.name = "task",
          .kind = "task",
          .plural = "tasks",
          .value = "TASK",
          .description = "",
          .columns = {{"ID", "id"},
                      {"CREATED", "created_at", ValueStyle::time},
                      {"STATE", "state"},
                      {"DONE %", "progress", ValueStyle::count},
                      {"VERB", "verb"},
                      {"KIND", "subject.kind"},
                      {"NAME", "subject.name"},
                      {"BY", "by"},
                      {"REASON", "reason"}}};
}

Noun event_rows() {
  return {.name = "event",
          .kind = "event",
          .plural = "events",
          .value = "EVENT",
          .description = "",
          .columns = {{"NUMBER", "number", ValueStyle::count, true},
                      {"TIME", "time", ValueStyle::time},
                      {"SEVERITY", "severity"},
                      {"KIND", "subject.kind"},
                      {"NAME", "subject.name"},
                      {"REASON", "reason", ValueStyle::text, true},
                      {"TEXT", "text"}}};
}

Noun audit_rows() {
  return {.name = "audit",
          .kind = "audit",
          .plural = "audit",
          .value = "ENTRY",
          .description = "",
          .columns = {{"TIME", "time", ValueStyle::time},
                      {"WHO", "who"},
                      {"ROLE", "role"},
                      {"OPERATION", "operation"},
                      {"KIND", "subject.kind"},
                      {"NAME", "subject.name"},
                      {"RESULT", "result"},
                      {"FROM", "from", ValueStyle::text, true},
                      {"REVISION", "revision", ValueStyle::count, true}}};
}

class ListJournal final : public ApiCommand {
 public:
  ListJournal(CLI::App& app, Noun rows, bool has_watch) : rows_(std::move(rows)) {
    app.add_option("--limit", limit_, "As many as this at most, the newest")
        ->check(CLI::Range(1u, 1000u).description(""))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--filter", filters_, "FIELD=VALUE, such as subject.name=vm1; several times for all of them")
        ->type_name("FIELD=VALUE")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (has_watch) app.add_flag("--watch", is_watching_, "Go on with further ones as they come, until Ctrl-C");
    app.footer(fmt::format("Example:\n  laneway {} list --limit 20", rows_.name));
  }

  ExitCode run(ApiSession& session) override {
    WatchStream stream(session);
    if (is_watching_) {
      if (const Result<void> opened = stream.open(); !opened) return session.report(opened.error());
    }
    std::string path = fmt::format("/{}?limit={}", rows_.plural, limit_);
    for (const std::string& filter : filters_) path += "&filter=" + encode_segment(filter);
    const Result<Json> page = session.get(path);
    if (!page) return session.report(page.error());
    Json items = member(*page, "items");
    // The newest last, as in a log.
    if (items.is_array()) std::reverse(items.begin(), items.end());
    if (session.wants_data() && !is_watching_) session.print_data(items);
    if (!session.wants_data()) print_list(rows_, items, session.is_wide(), session.out());
    for (const Json& item : is_watching_&& session.wants_data() ? items : Json::array()) show_line(session, item);
    session.out().flush();
    return is_watching_ ? follow(session, stream) : ExitCode::ok;
  }

 private:
  ExitCode follow(ApiSession& session, WatchStream& stream) {
    while (true) {
      const Result<WatchNews> news = stream.next();
      if (!news) return session.report(news.error());
      if (news->what == rows_.kind) show_line(session, news->data);
      session.out().flush();
    }
  }

  void show_line(ApiSession& session, const Json& item) const {
    if (session.output == "yaml") {
      session.out() << "---\n";
      session.print_data(item);
    } else if (session.wants_data()) {
      session.out() << to_line(item) << '\n';
    } else {
      std::string line;
      for (const NounColumn& column : rows_.columns) {
        if (column.is_wide && !session.is_wide()) continue;
        const std::string cell = value_text(field_at(item, column.field), column.style);
        line += (line.empty() ? "" : "  ") + (cell.empty() ? std::string("-") : cell);
      }
      session.out() << line << '\n';
    }
  }

  const Noun rows_;
  uint32_t limit_ = 100;
  std::vector<std::string> filters_;
  bool is_watching_ = false;
};

void print_task(const Json& task, std::ostream& out) {
  print_pairs(out, {{"Task", text_at(task, "id")},
                    {"What", fmt::format("{} {} {}", text_at(task, "verb"), text_at(member(task, "subject"), "kind"),
                                         text_at(member(task, "subject"), "name"))},
                    {"State", text_at(task, "state")},
                    {"Done", fmt::format("{} %", number_at(task, "progress"))},
                    {"Reason", text_at(task, "reason")},
                    {"By", text_at(task, "by")},
                    {"Created", value_text(member(task, "created_at"), ValueStyle::time)},
                    {"Finished", value_text(member(task, "finished_at"), ValueStyle::time)}});
  for (const Json& line : member(task, "log")) {
    out << value_text(member(line, "time"), ValueStyle::time) << "  " << text_at(line, "text") << '\n';
  }
}

// show and cancel.
class AskTask final : public ApiCommand {
 public:
  AskTask(CLI::App& app, bool is_cancel) : is_cancel_(is_cancel) {
    app.add_option("id", id_, "The task, of laneway task list")->required()->type_name("TASK");
    app.footer(is_cancel ? "What was before is wanted again. Example:\n  laneway task cancel ID"
                         : "Example:\n  laneway task show ID");
  }

  ExitCode run(ApiSession& session) override {
    const std::string path = "/tasks/" + encode_segment(id_);
    const Result<ApiAnswer> task =
        session.ask({.verb = is_cancel_ ? "POST" : "GET", .path = is_cancel_ ? path + "/cancel" : path});
    if (!task) return session.report(task.error());
    if (session.wants_data()) {
      session.print_data(task->body);
    } else {
      print_task(task->body, session.out());
    }
    return ExitCode::ok;
  }

 private:
  const bool is_cancel_;
  std::string id_;
};

class WaitForTask final : public ApiCommand {
 public:
  explicit WaitForTask(CLI::App& app) {
    app.add_option("id", id_, "The task, of laneway task list")->required()->type_name("TASK");
    app.add_option("--time", time_s_, "As long as this at most")->type_name("SECONDS")->capture_default_str();
    app.footer("Exit code 0: it is done, 1: it failed, 4: it goes on. Example:\n  laneway task wait ID --time 600");
  }

  ExitCode run(ApiSession& session) override {
    Change change;
    change.set_wait(time_s_);
    if (const Result<void> done = change.wait_for(session, id_); !done) return change.report(session, done.error());
    if (!session.wants_data()) session.out() << fmt::format("Task {} is done\n", id_);
    return ExitCode::ok;
  }

 private:
  std::string id_;
  uint64_t time_s_ = 120;
};

}  // namespace

void add_journal_commands(ApiCommands& tree) {
  CLI::App& task = tree.add_group("task", "Changes on their way to the engine");
  tree.add<ListJournal>(task, "list", "Lists the last tasks", task_rows(), true);
  tree.add<AskTask>(task, "show", "Shows a task with its log", false);
  tree.add<WaitForTask>(task, "wait", "Waits for a task's end, with a bar on a terminal");
  tree.add<AskTask>(task, "cancel", "Takes back the change that the task carries out", true);
  CLI::App& event = tree.add_group("event", "What happened on the host");
  tree.add<ListJournal>(event, "list", "Lists the last events", event_rows(), true);
  CLI::App& audit = tree.add_group("audit", "Who changed what");
  tree.add<ListJournal>(audit, "list", "Lists the last changes", audit_rows(), false);
}

}  // namespace laneway
