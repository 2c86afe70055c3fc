#include "fake_systemd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace laneway {

namespace {

constexpr int kFirst = 3;

// In the child: the descriptors are at 3 and above, and whoever gets them is told so.
void hand_over(std::vector<NamedFd>& held) {
  std::string names;
  std::vector<int> away;
  const int above = kFirst + static_cast<int>(held.size());
  for (NamedFd& each : held) {
    names += (names.empty() ? "" : ":") + each.name;
    away.push_back(::fcntl(each.fd.get(), F_DUPFD_CLOEXEC, above));
  }
  for (size_t i = 0; i < away.size(); ++i) (void)::dup2(away[i], kFirst + static_cast<int>(i));
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", std::to_string(held.size()).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
}

}  // namespace

FakeSystemd::FakeSystemd(const std::string& directory)
    : path_(directory + "/notify"),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const auto* wire = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  LW_ASSERT(::bind(socket_.get(), wire, sizeof(address)) == 0);
  thread_ = std::thread([this] { receive(); });
}

FakeSystemd::~FakeSystemd() {
  (void)::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void FakeSystemd::receive() {
  for (;;) {
    pollfd watched[] = {{socket_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    (void)::poll(watched, 2, -1);
    if (watched[1].revents != 0) return;
    std::array<char, 4096> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec vector{bytes.data(), bytes.size()};
    msghdr packet{};
    packet.msg_iov = &vector;
    packet.msg_iovlen = 1;
    packet.msg_control = control.data();
    packet.msg_controllen = control.size();
    const ssize_t length = ::recvmsg(socket_.get(), &packet, MSG_CMSG_CLOEXEC);
    if (length <= 0) continue;
    int number = -1;
    if (const cmsghdr* part = CMSG_FIRSTHDR(&packet); part != nullptr)
      std::memcpy(&number, CMSG_DATA(part), sizeof(int));
    const UniqueFd fd(number);
    const std::lock_guard lock(mutex_);
    (void)manager_.tell({bytes.data(), static_cast<size_t>(length)}, fd.get());
  }
}

pid_t FakeSystemd::start(const Arguments& arguments, const std::string& output_path) {
  const std::lock_guard lock(mutex_);
  std::vector<NamedFd> held = manager_.held();
  std::vector<char*> words;
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  const pid_t pid = ::fork();
  LW_ASSERT(pid >= 0);
  if (pid > 0) return pid;
  const int output = ::open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  (void)::dup2(output, STDOUT_FILENO);
  (void)::dup2(output, STDERR_FILENO);
  ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  if (watchdog_us != 0) ::setenv("WATCHDOG_USEC", std::to_string(watchdog_us).c_str(), 1);
  hand_over(held);
  ::execv(words[0], words.data());
  ::_exit(127);
}

size_t FakeSystemd::count(std::string_view kind) {
  const std::lock_guard lock(mutex_);
  return manager_.count(kind);
}

size_t FakeSystemd::lose_files(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return manager_.lose_files(path);
}

size_t FakeSystemd::count_told(const std::string& message) {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count(manager_.told.begin(), manager_.told.end(), message));
}

}  // namespace laneway
