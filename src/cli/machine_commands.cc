// laneway vm set, start, stop, force-off, reboot, pause, resume; vf attach, detach; list and show are all nouns'.
#include <ostream>

#include "cli/commands.h"
#include "cli/difference.h"

namespace laneway {

namespace {

constexpr const char* kMachineName = "MACHINE";
constexpr uint64_t kGuestSecondsMost = 600;

const Noun& machine() { return *find_noun("machine"); }

// start, stop, ...: one action each.
class PowerMachine final : public ApiCommand {
 public:
  struct Action {
    const char* word;    // of the API
    const char* done;    // "is started"
    const char* danger;  // what a question warns of; null: nobody is asked
  };

  PowerMachine(CLI::App& app, const Action& action) : action_(action) {
    app.add_option("name", name_, "The machine")->required()->type_name(kMachineName);
    is_asking_guest_ = std::string_view(action.word) == "stop" || std::string_view(action.word) == "reboot";
    if (is_asking_guest_) {
      app.add_option("--guest-time", guest_s_, "How long its guest may take (default: 60)")
          ->check(CLI::Range(1u, 3600u).description(""))
          ->type_name("SECONDS");
    }
    change_.add_wait_to(app, action.danger != nullptr);
    app.footer("Example:\n  laneway vm " + app.get_name() + " vm1");
  }

  ExitCode run(ApiSession& session) override {
    if (action_.danger != nullptr) {
      const auto end = change_.confirm(session, fmt::format("vm {}: {}. Go on?", name_, action_.danger));
      if (end) return *end;
    }
    Json body = {{"action", action_.word}};
    if (is_asking_guest_) body["guest_s"] = guest_s_;
    const Result<ApiAnswer> done =
        change_.carry_out(session, {.verb = "POST", .path = path_of(machine(), name_) + "/power", .body = body});
    if (!done) return change_.report(session, done.error());
    if (!session.wants_data()) session.out() << fmt::format("vm {} {}\n", name_, action_.done);
    return ExitCode::ok;
  }

 private:
  const Action action_;
  bool is_asking_guest_ = false;
  uint64_t guest_s_ = 60;
  std::string name_;
  Change change_;
};

class SetMachine final : public ApiCommand {
 public:
  explicit SetMachine(CLI::App& app) {
    app.add_option("name", name_, "The machine")->required()->type_name(kMachineName);
    cpus_ = app.add_option("--cpus", cpus_number_, "Processors")->type_name("N");
    memory_ = add_size(app, "--memory", memory_bytes_, "Memory");
    balloon_ = add_size(app, "--memory-now", balloon_bytes_, "What its balloon is to leave it, at once, while it runs");
    autostart_ = app.add_flag("--autostart,!--no-autostart", is_autostart_, "libvirt starts it with the host");
    shared_ = app.add_flag("--shared-memory", is_shared_, "Its memory is a shared file, which functions need");
    app.footer(
        "Counts at its next start, autostart at once; shows the difference.\n"
        "Example:\n  laneway vm set vm1 --memory 4G --shared-memory");
  }

  ExitCode run(ApiSession& session) override {
    Json spec = Json::object();
    if (*cpus_) spec["cpus"] = cpus_number_;
    if (*memory_) spec["memory_bytes"] = memory_bytes_;
    if (*balloon_) spec["memory_now_bytes"] = balloon_bytes_;
    if (*autostart_) spec["autostart"] = is_autostart_;
    if (*shared_) spec["shared_memory"] = true;
    if (spec.empty()) return session.report_usage("Nothing to change is given; --help lists what can be.");
    const std::string path = path_of(machine(), name_);
    const Result<ApiAnswer> before = session.ask({.path = path});
    if (!before) return session.report(before.error());
    const Result<ApiAnswer> after =
        session.ask({.verb = "PATCH", .path = path, .body = {{"spec", spec}}, .if_match = before->etag});
    if (!after) return session.report(after.error());
    if (session.wants_data()) {
      session.print_data(after->body);
    } else {
      print_differences(differences(member(before->body, "spec"), member(after->body, "spec")), session.out());
      session.out() << fmt::format("vm {} is changed\n", name_);
    }
    return ExitCode::ok;
  }

 private:
  std::string name_;
  uint32_t cpus_number_ = 0;
  uint64_t memory_bytes_ = 0;
  bool is_autostart_ = false;
  bool is_shared_ = false;
  CLI::Option* cpus_ = nullptr;
  CLI::Option* memory_ = nullptr;
  uint64_t balloon_bytes_ = 0;
  CLI::Option* balloon_ = nullptr;
  CLI::Option* autostart_ = nullptr;
  CLI::Option* shared_ = nullptr;
};

class AttachFunction final : public ApiCommand {
 public:
  explicit AttachFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("machine", machine_, "The machine that gets it as a disk")->required()->type_name(kMachineName);
    app.add_option("--dev", device_, "vda, vdb, ... (default: the first that is free)");
    app.add_option("--guest-time", guest_s_,
                   "How long its guest may take to use the disk (default: 30; 0: do not wait)")
        ->check(CLI::Range(uint64_t{0}, kGuestSecondsMost).description(""))
        ->type_name("SECONDS");
    change_.add_wait_to(app, false);
    app.footer(
        "Now where it is on, and for its next start. Done when the guest was seen to use the disk; where it does not, "
        "says\n"
        "what is missing. Example:\n  laneway vf attach vm1-disk0 vm1");
  }

  ExitCode run(ApiSession& session) override {
    std::string path =
        fmt::format("{}/functions/{}?guest_s={}", path_of(machine(), machine_), encode_segment(name_), guest_s_);
    if (!device_.empty()) path += "&target=" + encode_segment(device_);
    const Result<ApiAnswer> done = change_.carry_out(session, {.verb = "PUT", .path = path});
    if (!done) return change_.report(session, done.error());
    if (!session.wants_data()) session.out() << fmt::format("vf {} is a disk of {}\n", name_, machine_);
    return ExitCode::ok;
  }

 private:
  std::string name_, machine_, device_;
  uint64_t guest_s_ = 30;
  Change change_;
};

class DetachFunction final : public ApiCommand {
 public:
  explicit DetachFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("machine", machine_, "The machine that has it")->required()->type_name(kMachineName);
    change_.add_wait_to(app, true);
    app.footer("Now, and for its next start. Example:\n  laneway vf detach vm1-disk0 vm1");
  }

  ExitCode run(ApiSession& session) override {
    if (const auto end = change_.confirm(session, fmt::format("Take vf {} from {}?", name_, machine_))) return *end;
    const Result<ApiAnswer> done = change_.carry_out(
        session, {.verb = "DELETE",
                  .path = fmt::format("{}/functions/{}", path_of(machine(), machine_), encode_segment(name_))});
    if (!done) return change_.report(session, done.error());
    if (!session.wants_data()) session.out() << fmt::format("vf {} is no disk of {} any more\n", name_, machine_);
    return ExitCode::ok;
  }

 private:
  std::string name_, machine_;
  Change change_;
};

}  // namespace

void add_machine_commands(ApiCommands& tree) {
  CLI::App& vm = group_of(tree, "vm");
  using Action = PowerMachine::Action;
  tree.add<SetMachine>(vm, "set", "Changes processors, memory, autostart");
  tree.add<PowerMachine>(vm, "start", "Switches it on", Action{"start", "is started", nullptr});
  tree.add<PowerMachine>(vm, "stop", "Asks its guest to shut down", Action{"stop", "has stopped", nullptr});
  tree.add<PowerMachine>(vm, "reboot", "Asks its guest to start anew", Action{"reboot", "was asked to", nullptr});
  tree.add<PowerMachine>(vm, "force-off", "Switches it off as by its plug",
                         Action{"force_off", "is off", "what its guest has not written is lost"});
  tree.add<PowerMachine>(vm, "pause", "Holds it", Action{"pause", "is paused", nullptr});
  tree.add<PowerMachine>(vm, "resume", "Lets it go on", Action{"resume", "goes on", nullptr});
  CLI::App& vf = group_of(tree, "vf");
  tree.add<AttachFunction>(vf, "attach", "Gives a function to a machine as a disk");
  tree.add<DetachFunction>(vf, "detach", "Takes a function from a machine");
}

}  // namespace laneway
