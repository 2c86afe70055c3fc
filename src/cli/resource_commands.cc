// laneway NOUN list, show, create, set, delete: what all nouns can, by the table of nouns.h.
#include <poll.h>

#include <ostream>

#include "cli/commands.h"
#include "cli/difference.h"
#include "cli/document_view.h"
#include "cli/spec_options.h"
#include "cli/watch.h"

namespace laneway {

namespace {

constexpr uint32_t kSettleLooks = 40;
constexpr int kSettlePauseMs = 50;

}  // namespace

CLI::App& group_of(ApiCommands& tree, const std::string& name) { return *tree.root().get_subcommand(name); }

std::string path_of(const Noun& noun, const std::string& name) {
  return std::string("/") + noun.plural + "/" + encode_segment(name);
}

void show_document(ApiSession& session, const Noun& noun, const Json& document) {
  if (session.wants_data()) {
    session.print_data(document);
  } else {
    print_document(noun, document, session.out());
  }
}

namespace {

// The document; where the engine is about to do the last of it, a little later.
Result<Json> settled(ApiSession& session, const std::string& path) {
  for (uint32_t looks = 0;; ++looks) {
    Result<Json> document = session.get(path);
    const bool is_moving = document && text_at(member(*document, "status"), "state") == "changing";
    if (!is_moving || looks == kSettleLooks) return document;
    (void)::poll(nullptr, 0, kSettlePauseMs);
  }
}

}  // namespace

ExitCode create_resource(ApiSession& session, const Change& change, const Creation& creation) {
  const Noun& noun = creation.noun;
  ApiRequest request{.verb = "POST",
                     .path = std::string("/") + noun.plural + (change.is_dry_run() ? "?dry_run=true" : ""),
                     .body = {{"name", creation.name}, {"spec", creation.spec}}};
  const Result<ApiAnswer> made = change.carry_out(session, std::move(request));
  if (!made) return change.report(session, made.error());
  if (change.is_dry_run()) {
    if (session.wants_data()) session.print_data(made->body);
    if (!session.wants_data()) print_differences(differences(Json(), member(made->body, "spec")), session.out());
    return ExitCode::ok;
  }
  const Result<Json> now = settled(session, path_of(noun, creation.name));
  if (!now) return session.report(now.error());
  if (session.wants_data()) {
    session.print_data(*now);
    return ExitCode::ok;
  }
  const std::string state = text_at(member(*now, "status"), "state");
  session.out() << fmt::format("{} {} is {}\n", noun.name, creation.name, state.empty() ? "there" : state);
  if (!creation.next.empty()) session.out() << creation.next << '\n';
  return ExitCode::ok;
}

ExitCode patch_resource(ApiSession& session, const Change& change, const Creation& patch) {
  const std::string path = path_of(patch.noun, patch.name);
  const Result<ApiAnswer> before = session.ask({.path = path});
  if (!before) return session.report(before.error());
  ApiRequest request{
      .verb = "PATCH", .path = path + "?dry_run=true", .body = {{"spec", patch.spec}}, .if_match = before->etag};
  const Result<ApiAnswer> draft = session.ask(request);
  if (!draft) return session.report(draft.error());
  const auto changes = differences(member(before->body, "spec"), member(draft->body, "spec"));
  if (!session.wants_data()) print_differences(changes, session.out());
  if (change.is_dry_run()) {
    if (session.wants_data()) session.print_data(draft->body);
    return ExitCode::ok;
  }
  request.path = path;
  const Result<ApiAnswer> done = change.carry_out(session, std::move(request));
  if (!done) return change.report(session, done.error());
  const Result<Json> now = session.get(path);
  if (!now) return session.report(now.error());
  if (session.wants_data()) {
    session.print_data(*now);
  } else {
    session.out() << fmt::format("{} {} {}\n", patch.noun.name, patch.name,
                                 changes.empty() ? "is so already" : "is changed");
  }
  return ExitCode::ok;
}

namespace {

class ListResources final : public ApiCommand {
 public:
  ListResources(CLI::App& app, const Noun& noun) : noun_(noun) {
    app.add_option("--filter", filters_, "FIELD=VALUE, such as status.state=failed; several times for all of them")
        ->type_name("FIELD=VALUE")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--watch", is_watching_, "Go on with changes as they come, until Ctrl-C");
    app.footer(fmt::format("Example:\n  laneway {} list -o wide", noun.name));
  }

  ExitCode run(ApiSession& session) override {
    if (is_watching_) return watch_resources(session, noun_, filters_);
    const Result<Json> items = session.list(std::string("/") + noun_.plural, filters_);
    if (!items) return session.report(items.error());
    if (session.wants_data()) {
      session.print_data(*items);
    } else {
      print_list(noun_, *items, session.is_wide(), session.out());
    }
    return ExitCode::ok;
  }

 private:
  const Noun& noun_;
  std::vector<std::string> filters_;
  bool is_watching_ = false;
};

class ShowResource final : public ApiCommand {
 public:
  ShowResource(CLI::App& app, const Noun& noun) : noun_(noun) {
    app.add_option("name", name_, "Which")->required()->type_name(noun.value);
    app.footer(fmt::format("Example:\n  laneway {} show NAME -o yaml", noun.name));
  }

  ExitCode run(ApiSession& session) override {
    const Result<Json> document = session.get(path_of(noun_, name_));
    if (!document) return session.report(document.error());
    show_document(session, noun_, *document);
    return ExitCode::ok;
  }

 private:
  const Noun& noun_;
  std::string name_;
};

class CreateResource final : public ApiCommand {
 public:
  CreateResource(CLI::App& app, const Noun& noun, const SpecSchema& schema) : noun_(noun) {
    app.add_option("name", name_, "Name of the new one: letters, digits, '.', '_' and '-', at most 64")->required();
    spec_.add_to(app, schema, noun.kind, {});
    change_.add_to(app, Change::Kind::harmless);
    app.footer(std::string("Example:\n  ") + noun.example);
  }

  ExitCode run(ApiSession& session) override {
    return create_resource(session, change_, {noun_, name_, spec_.given()});
  }

 private:
  const Noun& noun_;
  std::string name_;
  SpecOptions spec_;
  Change change_;
};

class SetResource final : public ApiCommand {
 public:
  SetResource(CLI::App& app, const Noun& noun, const SpecSchema& schema) : noun_(noun) {
    app.add_option("name", name_, "Which")->required()->type_name(noun.value);
    spec_.add_to(app, schema, noun.kind, {"chap", "mutual_chap"});
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        fmt::format("Shows the difference; --dry-run shows it only. Refused where somebody changed it meanwhile.\n"
                    "Example:\n  laneway {} set NAME --dry-run --set FIELD=VALUE",
                    noun.name));
  }

  ExitCode run(ApiSession& session) override {
    const Json given = spec_.given();
    if (given.empty()) return session.report_usage("Nothing to change is given; --help lists the fields.");
    return patch_resource(session, change_, {noun_, name_, given});
  }

 private:
  const Noun& noun_;
  std::string name_;
  SpecOptions spec_;
  Change change_;
};

class DeleteResource final : public ApiCommand {
 public:
  DeleteResource(CLI::App& app, const Noun& noun) : noun_(noun), has_force_(std::string(noun.kind) == "function") {
    app.add_option("name", name_, "Which")->required()->type_name(noun.value);
    change_.add_to(app, Change::Kind::destructive);
    if (has_force_) app.add_flag("--force", is_forced_, "Also while a guest is attached; its disk goes away");
    app.footer(
        fmt::format("Shows what goes, and asks; --yes in scripts. Example:\n  laneway {} delete NAME", noun.name));
  }

  ExitCode run(ApiSession& session) override {
    const std::string path = path_of(noun_, name_);
    const Result<ApiAnswer> before = session.ask({.path = path});
    if (!before) return session.report(before.error());
    if (!session.wants_data()) tell(session, before->body);
    // It may be a long time until the question is answered.
    ApiRequest request{.verb = "DELETE", .path = path + query(true), .if_match = before->etag};
    if (const Result<ApiAnswer> allowed = session.ask(request); !allowed) return session.report(allowed.error());
    if (change_.is_dry_run()) return ExitCode::ok;
    if (const auto end = change_.confirm(session, fmt::format("Delete {} {}?", noun_.name, name_))) return *end;
    request.path = path + query(false);
    const Result<ApiAnswer> gone = change_.carry_out(session, std::move(request));
    if (!gone) return change_.report(session, gone.error());
    if (!session.wants_data()) session.out() << fmt::format("{} {} is gone\n", noun_.name, name_);
    return ExitCode::ok;
  }

 private:
  std::string query(bool is_dry_run) const {
    std::string text = is_dry_run ? "?dry_run=true" : "";
    if (is_forced_) text += text.empty() ? "?force=true" : "&force=true";
    return text;
  }

  void tell(ApiSession& session, const Json& document) const {
    session.out() << fmt::format("- {} {}\n", noun_.name, name_);
    print_differences(differences(member(document, "spec"), Json()), session.out());
    if (flag_at(member(document, "status"), "attached"))
      session.out() << "  ! a guest is attached: its disk goes away\n";
  }

  const Noun& noun_;
  const bool has_force_;
  std::string name_;
  bool is_forced_ = false;
  Change change_;
};

void add_noun(ApiCommands& tree, const SpecSchema& schema, const Noun& noun) {
  CLI::App& group = tree.add_group(noun.name, noun.description);
  tree.add<ListResources>(group, "list", fmt::format("Lists the {}", noun.plural), noun);
  tree.add<ShowResource>(group, "show", "Shows one: what is wanted and how it is", noun);
  if (noun.has_create) tree.add<CreateResource>(group, "create", "Makes one", noun, schema);
  if (noun.has_set) tree.add<SetResource>(group, "set", "Changes fields of one", noun, schema);
  if (noun.has_delete) tree.add<DeleteResource>(group, "delete", "Deletes one", noun);
}

}  // namespace

void add_resource_commands(ApiCommands& tree, const SpecSchema& schema) {
  for (const Noun& noun : nouns()) add_noun(tree, schema, noun);
}

}  // namespace laneway
