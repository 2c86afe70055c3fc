// laneway doctor
#include <sys/utsname.h>

#include <ostream>
#include <set>

#include "cli/commands.h"
#include "cli/doctor.h"
#include "rpc/default_paths.h"

namespace laneway {

namespace {

constexpr const char* kVerdictMarks[] = {"ok    ", "note  ", "BROKEN"};

class Doctor final : public ApiCommand {
 public:
  explicit Doctor(CLI::App& app) {
    app.add_option("--run-dir", run_dir_, "Where the sockets are (default: as lanewayd's)")->type_name(kFilePath);
    app.add_option("--state-dir", state_dir_, "Where the store is (default: as lanewayd's)")->type_name(kFilePath);
    app.footer(
        "Looks at the host that it runs on, and changes nothing. Exit code 1 where something is broken; notes are for\n"
        "you to judge. Example:\n  laneway doctor");
  }

  ExitCode run(ApiSession& session) override {
    Findings findings = check_host();
    add_files(findings);
    add_platform(session, findings);
    if (session.wants_data()) {
      session.print_data(encode_findings(findings));
    } else {
      print(session, findings);
    }
    return has_broken(findings) ? ExitCode::refused : ExitCode::ok;
  }

 private:
  static Findings check_host() {
    utsname names{};
    (void)::uname(&names);
    return {check_kernel("", names.release),
            check_io_uring(""),
            check_kvm(""),
            check_iommu(""),
            check_libvirt(""),
            check_memory(""),
            check_clock(is_clock_synchronized())};
  }

  void add_files(Findings& findings) {
    if (run_dir_.empty()) run_dir_ = default_run_dir().value_or("");
    if (state_dir_.empty()) state_dir_ = default_state_dir().value_or("");
    for (Finding& each : check_files(run_dir_, state_dir_)) findings.push_back(std::move(each));
  }

  // What lanewayd says of the engine, and the way to each portal that it knows.
  static void add_platform(ApiSession& session, Findings& findings) {
    const Result<Json> targets = session.list("/targets");
    if (!targets) {
      findings.push_back({"control plane", Verdict::broken, targets.error().message,
                          "the portals are not known without it; see lanewayd above"});
      return;
    }
    findings.push_back(about_engine(session.get("/engine")));
    std::set<std::pair<std::string, std::string>> portals;
    for (const Json& target : *targets) {
      portals.emplace(text_at(target, "name"), text_at(member(target, "spec"), "portal"));
    }
    const Result<Json> volumes = session.list("/volumes");
    for (const Json& volume : volumes ? *volumes : Json::array()) {
      for (const Json& path : member(member(volume, "spec"), "paths")) {
        if (path.contains("portal")) portals.emplace(text_at(path, "target"), text_at(path, "portal"));
      }
    }
    for (const auto& [target, portal] : portals) {
      for (Finding& each : check_portal(target, portal)) findings.push_back(std::move(each));
    }
  }

  static Finding about_engine(const Result<Json>& engine) {
    if (!engine) {
      return {"engine", Verdict::broken, engine.error().message, "systemctl start laneway, and see its journal"};
    }
    const uint64_t failed = number_at(*engine, "functions_failed");
    if (failed != 0) {
      return {"engine", Verdict::broken, fmt::format("{} functions are not served", failed),
              "laneway vf list says which and why"};
    }
    if (!flag_at(member(*engine, "lockdown"), "confined", true)) {
      return {"engine", Verdict::note, "it is not confined (--no-lockdown)", "start it without that option"};
    }
    return {"engine", Verdict::good,
            fmt::format("version {} serves {} functions", text_at(*engine, "version"),
                        number_at(*engine, "functions_serving")),
            ""};
  }

  static void print(ApiSession& session, const Findings& findings) {
    size_t broken = 0;
    for (const Finding& each : findings) {
      session.out() << fmt::format("{}  {}: {}\n", kVerdictMarks[static_cast<size_t>(each.verdict)], each.subject,
                                   each.text);
      if (!each.remedy.empty()) session.out() << "        -> " << each.remedy << '\n';
      if (each.verdict == Verdict::broken) ++broken;
    }
    session.out() << (broken == 0 ? "Nothing is broken.\n" : fmt::format("{} things are broken.\n", broken));
  }

  std::string run_dir_, state_dir_;
};

}  // namespace

void add_doctor_command(ApiCommands& tree) {
  tree.add<Doctor>(tree.root(), "doctor", "Checks the host and says what to do");
}

}  // namespace laneway
