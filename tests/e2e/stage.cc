#include "stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rpc/client.h"

namespace laneway {

namespace {

constexpr uid_t kNobody = 65534;
constexpr int kAttempts = 2000;  // each is a program's start or a refused connect: a bound, not a time

}  // namespace

const std::string& Stage::programs() {
  static const std::string folder = [] {
    const char* given = std::getenv("LANEWAY_PROGRAMS");
    return std::string(given != nullptr ? given : LANEWAY_BIN_DIR);
  }();
  return folder;
}

void Stage::start_engine(const Arguments& more) { launch({programs() + "/laneway-engine"}, more); }

void Stage::start_keeper(const Arguments& more, const Arguments& of_keeper) {
  has_keeper_ = true;
  Arguments keeper = {programs() + "/laneway-keeper"};
  keeper.insert(keeper.end(), of_keeper.begin(), of_keeper.end());
  keeper.emplace_back("--");
  launch(keeper, more);
}

Stage::~Stage() {
  if (!has_keeper_ || engine_ == nullptr || engine_->has_ended()) return;
  engine_->signal(SIGTERM);
  engine_->wait();
}

void Stage::start_engine_as_nobody() { launch_as_nobody("laneway-engine", {}); }

void Stage::start_keeper_as_nobody() {
  has_keeper_ = true;
  std::filesystem::copy_file(programs() + "/laneway-engine", dir_.at("laneway-engine"));
  launch_as_nobody("laneway-keeper", {"--"});
}

// The build's own directory may be closed to others.
void Stage::launch_as_nobody(const std::string& program, const Arguments& more) {
  std::filesystem::copy_file(programs() + "/" + program, dir_.at(program));
  Arguments all;
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(dir_.path().c_str(), kNobody, kNobody), 0);
    const std::string user = std::to_string(kNobody);
    all = {"setpriv", "--reuid", user, "--regid", user, "--clear-groups"};
  }
  all.push_back(dir_.at(program));
  all.insert(all.end(), more.begin(), more.end());
  launch(all, {});
}

void Stage::launch(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), {"--state-dir", dir_.at("s"), "--run-dir", dir_.at("r")});
  arguments.insert(arguments.end(), more.begin(), more.end());
  engine_ = std::make_unique<Process>(arguments, dir_.at("engine.log"));
  for (int i = 0; i < kAttempts && !engine_->has_ended(); ++i) {
    if (laneway({"engine", "status"}).exit_code == 0) return;
  }
  ADD_FAILURE() << "the engine did not come up: " << log();
}

int Stage::stop_engine() {
  engine_->signal(SIGTERM);
  const int exit_code = engine_->wait();
  engine_.reset();
  return exit_code;
}

void Stage::kill_engine() {
  engine_->signal(SIGKILL);
  engine_->wait();
  engine_.reset();
}

std::string Stage::enginectl_path() { return programs() + "/laneway-enginectl"; }
std::string Stage::binary(const std::string& name) { return programs() + "/" + name; }

Outcome Stage::laneway(const Arguments& arguments) const {
  Arguments all = {enginectl_path()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all, {"LANEWAY_SOCKET=" + dir_.at("r/engine.sock")});
}

Json Stage::laneway_json(const Arguments& arguments) const {
  Arguments all = arguments;
  all.insert(all.end(), {"-o", "json"});
  const Outcome outcome = laneway(all);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  Result<Json> answer = parse_json(outcome.out, 1 << 20);
  EXPECT_TRUE(answer.has_value()) << outcome.out;
  return answer ? *answer : Json();
}

void Stage::expect_refused(const Arguments& arguments, std::initializer_list<std::string_view> parts,
                           int exit_code) const {
  Outcome outcome = laneway(arguments);
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "");
  while (!outcome.err.empty() && outcome.err.back() == '\n') outcome.err.pop_back();
  EXPECT_TRUE(has_parts(outcome.err, {"laneway-enginectl: "}));
  EXPECT_TRUE(has_parts(outcome.err, parts));
}

void Stage::expect_done(const Arguments& arguments) const {
  const Outcome outcome = laneway(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

std::string Stage::write_file(const std::string& name, const std::string& text, mode_t mode) const {
  const std::string path = dir_.at(name);
  std::ofstream(path) << text;
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  return path;
}

bool Tgtd::is_installed() { return run({"tgtadm", "--version"}).exit_code == 0; }

Outcome Tgtd::admin(const Arguments& arguments) const {
  Arguments all = {"tgtadm"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all, {"TGT_IPC_SOCKET=" + control_});
}

bool Tgtd::start(const TempDir& dir) {
  control_ = dir.at("tgtd.sock");
  port_ = free_port();
  const std::string portal_option = "portal=" + portal();
  process_ = std::make_unique<Process>(
      Arguments{"env", "TGT_IPC_SOCKET=" + control_, "tgtd", "-f", "--iscsi", portal_option}, dir.at("tgtd.log"));
  for (int i = 0; i < kAttempts && !process_->has_ended(); ++i) {
    if (admin({"--op", "show", "--mode", "sys"}).exit_code == 0) return set_up(dir);
  }
  return false;
}

bool Tgtd::set_up(const TempDir& dir) const {
  const std::string disk = dir.at("lun.img");
  std::ofstream(disk) << "";
  std::filesystem::resize_file(disk, 64 << 20);
  const std::vector<Arguments> commands = {
      {"--op", "new", "--mode", "target", "--tid", "1", "-T", kOpen},
      {"--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", disk},
      {"--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL"},
      {"--op", "new", "--mode", "target", "--tid", "2", "-T", kClosed},
      {"--op", "new", "--mode", "logicalunit", "--tid", "2", "--lun", "1", "-b", disk},
      {"--op", "bind", "--mode", "target", "--tid", "2", "-I", "ALL"},
      {"--op", "new", "--mode", "account", "--user", kUser, "--password", kSecret},
      {"--op", "bind", "--mode", "account", "--tid", "2", "--user", kUser},
  };
  for (const Arguments& command : commands) {
    Arguments all = {"--lld", "iscsi"};
    all.insert(all.end(), command.begin(), command.end());
    if (admin(all).exit_code != 0) return false;
  }
  return true;
}

Tgtd::~Tgtd() {
  if (process_ != nullptr) process_->signal(SIGKILL);  // it ignores SIGTERM while it has targets
}

}  // namespace laneway
