#include "base/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "base/result.h"

namespace laneway {

namespace {

constexpr int kFirstDescriptor = 3;  // sd_listen_fds(3)

class NotifySocket final : public ServiceManager {
 public:
  explicit NotifySocket(UniqueFd socket) : socket_(std::move(socket)) {}

  int tell(std::string_view message, int descriptor) override {
    iovec text{const_cast<char*>(message.data()), message.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr packet{};
    packet.msg_iov = &text;
    packet.msg_iovlen = 1;
    if (descriptor >= 0) {
      packet.msg_control = control;
      packet.msg_controllen = sizeof(control);
      cmsghdr* part = CMSG_FIRSTHDR(&packet);
      part->cmsg_level = SOL_SOCKET;
      part->cmsg_type = SCM_RIGHTS;
      part->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(part), &descriptor, sizeof(int));
    }
    return ::sendmsg(socket_.get(), &packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
  }
  int descriptor() const override { return socket_.get(); }

 private:
  const UniqueFd socket_;
};

std::string take_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value != nullptr ? value : "";
  (void)::unsetenv(name);
  return out;
}

int number_of(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::unique_ptr<ServiceManager> service_manager_of_environment() {
  const std::string path = take_from_environment("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return nullptr;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';  // abstract
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // SAFE: the sockets API takes every address as a sockaddr.
  const auto* wire = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (!socket || ::connect(socket.get(), wire, length) != 0) {
    log_warning("The service manager cannot be reached at {}: {}; it holds nothing for us", path, errno_text(errno));
    return nullptr;
  }
  return std::make_unique<NotifySocket>(std::move(socket));
}

std::vector<NamedFd> descriptors_of_environment() {
  const int pid = number_of(take_from_environment("LISTEN_PID"));
  const int count = number_of(take_from_environment("LISTEN_FDS"));
  std::string names = take_from_environment("LISTEN_FDNAMES");
  std::vector<NamedFd> out;
  if (pid != ::getpid()) return out;
  for (int fd = kFirstDescriptor; fd < kFirstDescriptor + count; ++fd) {
    const size_t end = std::min(names.find(':'), names.size());
    out.push_back({names.substr(0, end), UniqueFd(fd)});
    names.erase(0, end + 1);
    (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return out;
}

}  // namespace laneway
