#include "vhost_user/testing/fake_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "vhost_user/message.h"

namespace laneway {

namespace {

struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(kMessageDescriptorsMax * sizeof(int))> bytes{};
};

}  // namespace

FakeSocket FakeSocket::connect(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  LW_ASSERT(path.size() < sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.data(), path.size());
  const void* raw = &address;
  LW_ASSERT(::connect(fd.get(), static_cast<const sockaddr*>(raw), sizeof(address)) == 0);
  return FakeSocket(std::move(fd));
}

void FakeSocket::send(FakeMessage message) {
  ByteView rest = message.bytes;
  while (!rest.empty()) {
    const size_t bytes = std::min(rest.size(), piece_bytes_);
    send_piece(rest.first(bytes), message.descriptors);
    message.descriptors.clear();
    rest = rest.subspan(bytes);
  }
}

void FakeSocket::send_piece(ByteView bytes, const std::vector<UniqueFd>& descriptors) {
  iovec vector{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  ControlBuffer control;
  if (!descriptors.empty()) {
    const size_t control_bytes = descriptors.size() * sizeof(int);
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(control_bytes);
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(control_bytes);
    for (size_t i = 0; i < descriptors.size(); ++i) {
      const int fd = descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof(int));
    }
  }
  // The socket's buffer holds a whole script; an error means that the other side has closed, which receive() notices.
  (void)::sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<FakeMessage> FakeSocket::receive() {
  std::array<uint8_t, 4096> bytes;
  iovec vector{bytes.data(), bytes.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  const ssize_t count = ::recvmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count == 0) is_at_end_ = true;
  if (count > 0) {
    std::vector<UniqueFd> descriptors;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
      const size_t total = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < total; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
        descriptors.emplace_back(fd);
      }
    }
    answers_.received(ByteView(bytes).first(static_cast<size_t>(count)), std::move(descriptors));
  }
  return answers_.take_answer();
}

}  // namespace laneway
