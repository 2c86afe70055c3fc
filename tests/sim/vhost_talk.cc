#include "sim/vhost_talk.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace laneway::sim {

namespace {

constexpr size_t kDescriptorsMax = 32;

struct alignas(cmsghdr) Control {
  std::array<uint8_t, CMSG_SPACE(kDescriptorsMax * sizeof(int))> bytes{};
};

std::vector<UniqueFd> descriptors_of(msghdr& message) {
  std::vector<UniqueFd> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}  // namespace

bool VhostTalk::connect(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  LW_ASSERT(socket && path.size() < sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (::connect(socket.get(), generic, sizeof(address)) != 0) return false;
  socket_ = std::move(socket);
  front_end_ = FakeFrontend();
  queue_.clear();
  awaited_.clear();
  is_waiting_ = false;
  return true;
}

void VhostTalk::disconnect() {
  socket_.reset();
  channel_.reset();
  queue_.clear();
  is_waiting_ = false;
}

bool VhostTalk::was_awaited(const FakeMessage& answer) {
  if (awaited_.empty() || awaited_.front() != answer.request()) return false;
  awaited_.pop_front();
  return true;
}

UniqueFd VhostTalk::make_backend_channel() {
  int pair[2];
  LW_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
  channel_ = UniqueFd(pair[0]);
  return UniqueFd(pair[1]);
}

bool VhostTalk::take_config_change() {
  if (!channel_) return false;
  std::array<uint8_t, 256> bytes;
  return ::recv(channel_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0;
}

bool VhostTalk::send_some(Said& said) {
  const ByteView left = ByteView(said.message.bytes).subspan(said.sent_bytes);
  size_t length = left.size();
  if (random_.one_in(piece_one_in_)) length = 1 + random_.below(length);
  iovec vector{const_cast<uint8_t*>(left.data()), length};
  Control control;
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  const size_t count = said.sent_bytes == 0 ? said.message.descriptors.size() : 0;
  if (count > 0) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(count * sizeof(int));
    for (size_t i = 0; i < count; ++i) {
      const int fd = said.message.descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof(fd));
    }
  }
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  said.sent_bytes += static_cast<size_t>(sent);
  return true;
}

bool VhostTalk::receive_all() {
  for (;;) {
    std::array<uint8_t, 1024> bytes;
    iovec vector{bytes.data(), bytes.size()};
    Control control;
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t count = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    front_end_.received(ByteView(bytes).first(static_cast<size_t>(count)), descriptors_of(message));
    is_waiting_ = false;
  }
}

bool VhostTalk::pump() {
  if (!receive_all()) return false;
  while (!queue_.empty() && !is_waiting_) {
    Said& said = queue_.front();
    if (!send_some(said)) return false;
    if (said.sent_bytes < said.message.bytes.size()) return true;  // the rest goes at the next occasion
    is_waiting_ = said.has_answer;
    if (said.has_answer) awaited_.push_back(said.message.request());
    queue_.pop_front();
  }
  return true;
}

}  // namespace laneway::sim
