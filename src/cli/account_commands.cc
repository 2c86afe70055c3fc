// laneway user password, token create, whoami; list, show, create, set and delete are all nouns'.
#include <ostream>

#include "cli/commands.h"
#include "cli/spec_options.h"
#include "terminal/secret.h"
#include "terminal/table.h"

namespace laneway {

namespace {

class SetPassword final : public ApiCommand {
 public:
  explicit SetPassword(CLI::App& app) {
    app.add_option("name", name_, "The user")->required()->type_name("USER");
    app.add_option("--password-file", file_, "File whose first line is the new password (default: asked)")
        ->type_name(kFilePath);
    app.add_option("--current-password-file", current_file_, "For one's own: file whose first line is the present one")
        ->type_name(kFilePath);
    app.footer("At least 12 characters; sessions of that user end. Example:\n  laneway user password anna");
  }

  ExitCode run(ApiSession& session) override {
    Result<std::string> password = file_.empty() ? ask_twice() : read_secret_file(file_, session.err());
    if (!password) return session.report_usage(password.error().message);
    Json body = {{"password", *password}};
    if (!current_file_.empty()) {
      Result<std::string> current = read_secret_file(current_file_, session.err());
      if (!current) return session.report_usage(current.error().message);
      body["current_password"] = *current;
    }
    const Result<ApiAnswer> set =
        session.ask({.verb = "PUT", .path = "/users/" + encode_segment(name_) + "/password", .body = body});
    if (!set) return session.report(set.error());
    if (!session.wants_data()) session.out() << fmt::format("The password of {} is set\n", name_);
    return ExitCode::ok;
  }

 private:
  Result<std::string> ask_twice() const {
    Result<std::string> first = prompt_for_secret("New password for " + name_ + ": ");
    if (!first) return first;
    const Result<std::string> second = prompt_for_secret("Once more: ");
    if (second && *first == *second) return first;
    return fail(ErrorCode::invalid_argument, "The two are not the same; nothing was changed.");
  }

  std::string name_, file_, current_file_;
};

class CreateToken final : public ApiCommand {
 public:
  CreateToken(CLI::App& app, const SpecSchema& schema) {
    app.add_option("name", name_, "Name of the new one: letters, digits, '.', '_' and '-', at most 64")->required();
    spec_.add_to(app, schema, "token", {});
    app.get_option("--role")->required();
    app.footer(
        "Prints the secret, once: keep it in a file that nobody else may read. Example:\n"
        "  (umask 077; laneway token create ci --role viewer > ci.token)\n"
        "Then: laneway --url https://HOST:PORT --token-file ci.token vf list");
  }

  ExitCode run(ApiSession& session) override {
    const Result<ApiAnswer> made =
        session.ask({.verb = "POST", .path = "/tokens", .body = {{"name", name_}, {"spec", spec_.given()}}});
    if (!made) return session.report(made.error());
    if (session.wants_data()) {
      session.print_data(made->body);
    } else {
      session.out() << text_at(made->body, "secret") << '\n';
    }
    return ExitCode::ok;
  }

 private:
  std::string name_;
  SpecOptions spec_;
};

class WhoAmI final : public ApiCommand {
 public:
  explicit WhoAmI(CLI::App& app) { app.footer("Example:\n  laneway whoami"); }

  ExitCode run(ApiSession& session) override {
    const Result<Json> who = session.get("/session");
    if (!who) return session.report(who.error());
    if (session.wants_data()) session.print_data(*who);
    if (session.wants_data()) return ExitCode::ok;
    print_pairs(session.out(),
                {{"User", text_at(*who, "user")}, {"Role", text_at(*who, "role")}, {"By", text_at(*who, "how")}});
    return ExitCode::ok;
  }
};

}  // namespace

void add_account_commands(ApiCommands& tree, const SpecSchema& schema) {
  tree.add<SetPassword>(group_of(tree, "user"), "password", "Sets a user's password, asked without echo");
  tree.add<CreateToken>(group_of(tree, "token"), "create", "Makes a token and prints its secret, once", schema);
  tree.add<WhoAmI>(tree.root(), "whoami", "Shows who lanewayd takes us for");
}

}  // namespace laneway
