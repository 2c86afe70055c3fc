// laneway target discover, create, chap, scan; list, show, set and delete are all nouns'.
#include <ostream>

#include "cli/commands.h"
#include "cli/spec_options.h"
#include "terminal/chap_options.h"
#include "terminal/target_view.h"

namespace laneway {

namespace {

constexpr uint64_t kLoginLimitNs = 160 * kSecond;  // a login may be redirected and retried

const Noun& target() { return *find_noun("target"); }

class DiscoverTargets final : public ApiCommand {
 public:
  explicit DiscoverTargets(CLI::App& app) : chap_(app, /*is_mutual=*/false) {
    app.add_option("portal", portal_, "Address of the array: HOST or HOST:PORT (default port 3260)")->required();
    app.footer(
        "Example:\n  laneway target discover 10.0.0.5\n"
        "Then: laneway target create NAME --iqn IQN --portal HOST:PORT");
  }

  ExitCode run(ApiSession& session) override {
    Json body = {{"portal", portal_}};
    if (Result<void> read = chap_.put_into(body, session.err()); !read)
      return session.report_usage(read.error().message);
    const Result<ApiAnswer> found =
        session.ask({.verb = "POST", .path = "/discoveries", .body = body, .time_limit_ns = kLoginLimitNs});
    if (!found) return session.report(found.error());
    if (session.wants_data()) {
      session.print_data(found->body);
    } else {
      print_discovered(found->body, session.out());
    }
    return ExitCode::ok;
  }

 private:
  ChapOptions chap_;
  std::string portal_;
};

class CreateTarget final : public ApiCommand {
 public:
  CreateTarget(CLI::App& app, const SpecSchema& schema) : chap_(app, /*is_mutual=*/true) {
    app.add_option("name", name_, "Name to know it by: letters, digits, '.', '_', '-' and ':'")->required();
    app.add_option("--chap-algorithms", algorithms_, "Offered in this order: md5, sha1, sha256 (default: md5)")
        ->delimiter(',')
        ->type_name("LIST");
    spec_.add_to(app, schema, "target", {"chap", "mutual_chap", "chap_algorithms"});
    app.get_option("--iqn")->required();
    app.get_option("--portal")->required();
    change_.add_to(app, Change::Kind::harmless);
    app.footer(
        "Proves the login, and shows the LUNs. Examples:\n"
        "  laneway target create vol1 --iqn iqn.2001-05.com.example:vol1 --portal 10.0.0.5\n"
        "  laneway target create vol1 --iqn iqn.2001-05.com.example:vol1 --portal 10.0.0.5 --chap-user h7 "
        "--chap-prompt\n"
        "Then: laneway vf create NAME --target vol1 --lun 1");
  }

  ExitCode run(ApiSession& session) override {
    Json spec = spec_.given();
    if (!algorithms_.empty()) spec["chap_algorithms"] = algorithms_;
    if (Result<void> read = chap_.put_into(spec, session.err()); !read)
      return session.report_usage(read.error().message);
    const ExitCode code = create_resource(session, change_, {target(), name_, std::move(spec)});
    if (code != ExitCode::ok || session.wants_data() || change_.is_dry_run()) return code;
    const Result<Json> made = session.get(path_of(target(), name_));
    if (!made) return session.report(made.error());
    session.out() << '\n';
    print_luns(member(member(*made, "status"), "luns"), session.out());
    return ExitCode::ok;
  }

 private:
  ChapOptions chap_;
  std::string name_;
  std::vector<std::string> algorithms_;
  SpecOptions spec_;
  Change change_;
};

class SetChap final : public ApiCommand {
 public:
  explicit SetChap(CLI::App& app) : chap_(app, /*is_mutual=*/true) {
    app.add_option("name", name_, "The target")->required()->type_name(kTargetName);
    app.add_flag("--none", is_none_, "Log in without CHAP from now on");
    change_.add_to(app, Change::Kind::harmless);
    app.footer("Example:\n  laneway target chap vol1 --chap-user host7 --chap-prompt");
  }

  ExitCode run(ApiSession& session) override {
    Json spec = Json::object();
    if (is_none_) spec = {{"chap", nullptr}, {"mutual_chap", nullptr}};
    if (Result<void> read = chap_.put_into(spec, session.err()); !read)
      return session.report_usage(read.error().message);
    if (spec.empty()) return session.report_usage("Give --chap-user with a secret, or --none.");
    return patch_resource(session, change_, {target(), name_, spec});
  }

 private:
  ChapOptions chap_;
  std::string name_;
  bool is_none_ = false;
  Change change_;
};

class ScanTarget final : public ApiCommand {
 public:
  explicit ScanTarget(CLI::App& app) {
    app.add_option("name", name_, "The target")->required()->type_name(kTargetName);
    app.footer("Logs in to look at the LUNs as they are now. Example:\n  laneway target scan vol1");
  }

  ExitCode run(ApiSession& session) override {
    const Result<ApiAnswer> scanned =
        session.ask({.verb = "POST", .path = path_of(target(), name_) + "/scan", .time_limit_ns = kLoginLimitNs});
    if (!scanned) return session.report(scanned.error());
    if (session.wants_data()) {
      session.print_data(scanned->body);
    } else {
      print_luns(member(member(scanned->body, "status"), "luns"), session.out());
    }
    return ExitCode::ok;
  }

 private:
  std::string name_;
};

}  // namespace

void add_target_commands(ApiCommands& tree, const SpecSchema& schema) {
  CLI::App& group = group_of(tree, "target");
  tree.add<DiscoverTargets>(group, "discover", "Asks a portal which targets it has");
  tree.add<CreateTarget>(group, "create", "Proves a login, shows the LUNs, keeps the target", schema);
  tree.add<SetChap>(group, "chap", "Changes name and secret of the login");
  tree.add<ScanTarget>(group, "scan", "Looks at a target's LUNs by a fresh login");
}

}  // namespace laneway
