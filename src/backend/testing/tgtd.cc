#include "backend/testing/tgtd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

namespace {

constexpr const char* kControlNumber = "7";  // of a socket in our own folder

// A port that was free a moment ago.
uint16_t find_free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  if (::bind(fd.get(), generic, length) != 0 || ::getsockname(fd.get(), generic, &length) != 0) return 0;
  return ntohs(address.sin_port);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

pid_t spawn(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) ::dup2(null, fd);
  ::execvpe(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

}  // namespace

Tgtd::Tgtd(const Options& options) : options_(options) {
  environment_ = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                  "TGT_IPC_SOCKET=" + folder_.path("ipc")};
  const UniqueFd lun(::open(lun_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lun || ::ftruncate(lun.get(), static_cast<off_t>(options.capacity_bytes)) != 0) {
    why_not_ = "cannot make the LUN's file";
    return;
  }
  constexpr int kPortsToTry = 5;
  for (int i = 0; i < kPortsToTry; ++i) {
    port_ = find_free_port();
    if (start()) return;
  }
  why_not_ = "tgtd cannot be started: install the package tgt";
}

Tgtd::~Tgtd() { kill(); }

bool Tgtd::run(const std::vector<std::string>& arguments, std::string* why_not) {
  const pid_t child = spawn(arguments, environment_);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return false;
  const bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!is_good && why_not != nullptr) *why_not = fmt::format("{} ended with {}", arguments[0], status);
  return is_good;
}

bool Tgtd::administer(const std::string& words) {
  std::vector<std::string> arguments{"tgtadm", "-C", kControlNumber, "--lld", "iscsi"};
  std::istringstream stream(words);
  for (std::string word; stream >> word;) arguments.push_back(word);
  return run(arguments);
}

bool Tgtd::wait_for_daemon() {
  constexpr int kAttempts = 1000;
  for (int i = 0; i < kAttempts; ++i) {
    if (administer("--mode target --op show")) return true;
    if (::waitpid(daemon_, nullptr, WNOHANG) == daemon_) {
      daemon_ = -1;
      return false;
    }
    ::poll(nullptr, 0, 10);
  }
  return false;
}

bool Tgtd::start() {
  ::unlink(folder_.path("ipc.7").c_str());
  daemon_ = spawn({"tgtd", "-f", "-C", kControlNumber, "-t", "4", "--iscsi", fmt::format("portal=127.0.0.1:{}", port_)},
                  environment_);
  if (wait_for_daemon() && configure()) return true;
  kill();
  return false;
}

bool Tgtd::restart_as(uint32_t target_number) {
  kill();
  options_.target_number = target_number;
  return start();
}

bool Tgtd::configure() {
  const std::string tid = fmt::format("--tid {}", options_.target_number);
  bool is_good = administer(fmt::format("--mode target --op new {} -T {}", tid, target_name()));
  if (options_.has_digests) {
    is_good =
        is_good && administer(fmt::format("--mode target --op update {} --name HeaderDigest --value CRC32C", tid));
    is_good = is_good && administer(fmt::format("--mode target --op update {} --name DataDigest --value CRC32C", tid));
  }
  const auto add_account = [&](const std::string& user, const std::string& secret, const char* direction) {
    is_good = is_good && administer(fmt::format("--mode account --op new --user {} --password {}", user, secret));
    is_good = is_good && administer(fmt::format("--mode account --op bind {} --user {} {}", tid, user, direction));
  };
  if (!options_.user.empty()) add_account(options_.user, options_.secret, "");
  if (!options_.mutual_user.empty()) add_account(options_.mutual_user, options_.mutual_secret, "--outgoing");
  is_good = is_good && administer(fmt::format("--mode logicalunit --op new {} --lun 1 -b {} --blocksize {}", tid,
                                              lun_path(), options_.block_bytes));
  std::string parameters = "thin_provisioning=1";
  // The caching page with WCE off: 18 bytes after its header.
  if (!options_.has_write_cache)
    parameters += ",mode_page=8:0:18:0x10:0:0xff:0xff:0:0:0xff:0xff:0xff:0xff:0x80:0x14:0:0:0:0:0:0";
  is_good =
      is_good && administer(fmt::format("--mode logicalunit --op update {} --lun 1 --params {}", tid, parameters));
  // Last, so that nobody gets in before the LUN is there.
  return is_good && administer(fmt::format("--mode target --op bind {} -I ALL", tid));
}

void Tgtd::kill() {
  if (daemon_ <= 0) return;
  ::kill(daemon_, SIGKILL);
  ::waitpid(daemon_, nullptr, 0);
  daemon_ = -1;
}

void Tgtd::freeze() { ::kill(daemon_, SIGSTOP); }
void Tgtd::thaw() { ::kill(daemon_, SIGCONT); }

}  // namespace laneway
