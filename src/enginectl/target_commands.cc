// laneway-enginectl target discover, login, list, show, logout
#include "enginectl/commands.h"
#include "terminal/chap_options.h"
#include "terminal/target_view.h"

namespace laneway {

namespace {

constexpr uint64_t kTargetTimeLimit = 120 * kSecond;  // a login may be redirected and retried

class DiscoverTargets final : public EngineCommand {
 public:
  explicit DiscoverTargets(CLI::App& app) : chap_(app, /*is_mutual=*/false) {
    app.add_option("portal", portal_, "Address of the array: HOST or HOST:PORT (default port 3260)")->required();
    app.footer(
        "Example:\n  laneway-enginectl target discover 10.0.0.5\nThen: laneway-enginectl target login IQN --portal "
        "HOST:PORT");
  }

  ExitCode run(EngineSession& session) override {
    Json params = {{"portal", portal_}};
    if (Result<void> read = chap_.put_into(params, session.err()); !read)
      return session.report_usage(read.error().message);
    const Result<Json> found = session.call("target.discover", params, kTargetTimeLimit);
    if (!found) return session.report(found.error());
    if (session.wants_data()) {
      session.print_data(*found);
      return ExitCode::ok;
    }
    print_discovered(*found, session.out());
    return ExitCode::ok;
  }

 private:
  ChapOptions chap_;
  std::string portal_;
};

class LoginTarget final : public EngineCommand {
 public:
  explicit LoginTarget(CLI::App& app) : chap_(app, /*is_mutual=*/true) {
    app.add_option("iqn", iqn_, "The target's name (iqn., eui. or naa.)")->required();
    app.add_option("--portal", portal_, "Address of the target: HOST or HOST:PORT")->required();
    app.add_option("--name", name_, "Short name to remember it under (default: the IQN)");
    app.add_option("--chap-algorithms", algorithms_, "Offered in this order: md5, sha1, sha256 (default: md5)")
        ->delimiter(',')
        ->check(CLI::IsMember({"md5", "sha1", "sha256"}).description(""))
        ->type_name("LIST");
    add_choice(app, "--header-digest", header_digest_, "Protect headers by a checksum", {"none", "crc32c"});
    add_choice(app, "--data-digest", data_digest_, "Protect data by a checksum", {"none", "crc32c"});
    add_seconds(app, "--replacement-timeout", "replacement_timeout_s",
                "Wait this long for a lost session to come back");
    add_seconds(app, "--noop-interval", "noop_interval_s", "Ask a silent target for a sign of life this often");
    add_seconds(app, "--noop-timeout", "noop_timeout_s", "Give a session up when that gets no answer");
    add_seconds(app, "--login-timeout", "login_timeout_s", "Give a login up");
    add_seconds(app, "--fence-delay", "fence_delay_s", "With --shared-luns: hold writes this long after a reconnect");
    numbers_.push_back({app.add_option("--sessions-max", "At most this many sessions at once"), "sessions_max"});
    app.add_flag("--shared-luns", is_shared_, "Others use these LUNs too: never reset them, wait instead");
    app.footer(
        "Proves the login, shows the LUNs and remembers the target. Examples:\n"
        "  laneway-enginectl target login iqn.2001-05.com.example:vol1 --portal 10.0.0.5 --name vol1\n"
        "  laneway-enginectl target login iqn.2001-05.com.example:vol1 --portal 10.0.0.5 --chap-user host7 "
        "--chap-prompt\n"
        "Then: laneway-enginectl vf create NAME --target vol1 --lun 1");
  }

  ExitCode run(EngineSession& session) override {
    Json params = {{"iqn", iqn_}, {"portal", portal_}, {"shared_luns", is_shared_}};
    if (!name_.empty()) params["name"] = name_;
    if (!algorithms_.empty()) params["chap_algorithms"] = algorithms_;
    if (!header_digest_.empty()) params["header_digest"] = header_digest_;
    if (!data_digest_.empty()) params["data_digest"] = data_digest_;
    for (const Number& number : numbers_) {
      if (*number.option) params[number.key] = number.option->as<uint64_t>();
    }
    if (Result<void> read = chap_.put_into(params, session.err()); !read)
      return session.report_usage(read.error().message);
    const Result<Json> target = session.call("target.login", params, kTargetTimeLimit);
    if (!target) return session.report(target.error());
    if (session.wants_data()) {
      session.print_data(*target);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Target {} is remembered\n\n", text_at(*target, "name"));
    print_luns(member(*target, "luns"), session.out());
    return ExitCode::ok;
  }

 private:
  struct Number {
    CLI::Option* option = nullptr;
    std::string key;
  };

  void add_seconds(CLI::App& app, const std::string& option, const std::string& key, const std::string& description) {
    numbers_.push_back({app.add_option(option, description)->type_name("SECONDS"), key});
    numbers_.back().option->check(CLI::Range(0u, 86400u).description(""));
  }

  ChapOptions chap_;
  std::string iqn_, portal_, name_, header_digest_, data_digest_;
  std::vector<std::string> algorithms_;
  std::vector<Number> numbers_;
  bool is_shared_ = false;
};

class ListTargets final : public EngineCommand {
 public:
  explicit ListTargets(CLI::App& app) { app.footer("Example:\n  laneway-enginectl target list -o json"); }

  ExitCode run(EngineSession& session) override {
    const Result<Json> list = session.call("target.list", Json::object());
    if (!list) return session.report(list.error());
    if (session.wants_data()) {
      session.print_data(*list);
      return ExitCode::ok;
    }
    print_target_list(member(*list, "targets"), session.out());
    return ExitCode::ok;
  }
};

class ShowTarget final : public EngineCommand {
 public:
  explicit ShowTarget(CLI::App& app) {
    app.add_option("name", name_, "The target")->required()->type_name(kTargetName);
    app.footer("Logs in to look at the LUNs as they are now. Example:\n  laneway-enginectl target show vol1");
  }

  ExitCode run(EngineSession& session) override {
    const Result<Json> target = session.call("target.show", {{"name", name_}}, kTargetTimeLimit);
    if (!target) return session.report(target.error());
    if (session.wants_data()) {
      session.print_data(*target);
      return ExitCode::ok;
    }
    print_target(*target, session.out());
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

class LogoutTarget final : public EngineCommand {
 public:
  explicit LogoutTarget(CLI::App& app) {
    app.add_option("name", name_, "The target")->required()->type_name(kTargetName);
    app.footer("Refused while functions use the target. Example:\n  laneway-enginectl target logout vol1");
  }

  ExitCode run(EngineSession& session) override {
    const Result<Json> gone = session.call("target.logout", {{"name", name_}}, kTargetTimeLimit);
    if (!gone) return session.report(gone.error());
    if (session.wants_data()) {
      session.print_data(*gone);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Target {} is forgotten\n", name_);
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

}  // namespace

void add_target_commands(EngineCommands& tree) {
  CLI::App& group = tree.add_group("target", "iSCSI targets: the arrays' side");
  tree.add<DiscoverTargets>(group, "discover", "Asks a portal which targets it has");
  tree.add<LoginTarget>(group, "login", "Proves a login, shows the LUNs, remembers the target");
  tree.add<ListTargets>(group, "list", "Lists the remembered targets");
  tree.add<ShowTarget>(group, "show", "Shows one target and its LUNs");
  tree.add<LogoutTarget>(group, "logout", "Forgets a target that no function uses");
}

}  // namespace laneway
