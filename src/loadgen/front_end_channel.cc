#include "loadgen/front_end_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/units.h"

namespace laneway {

namespace {

constexpr size_t kDescriptorsMax = 8;

uint64_t now_ns() { return MonotonicClock().now_ns(); }

const char* name_of(VhostUserRequest request) { return request_name(static_cast<uint32_t>(request)); }

}  // namespace

Result<FrontEndChannel> FrontEndChannel::connect(const std::string& path, uint64_t answer_limit_ns) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail(ErrorCode::invalid_argument, "{}: a socket path has 1 to {} characters", path,
                sizeof(address.sun_path) - 1);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail(ErrorCode::io, "cannot make a socket: {}", errno_text(errno));
  const void* raw = &address;
  if (::connect(socket.get(), static_cast<const sockaddr*>(raw), sizeof(address)) != 0) {
    return fail(ErrorCode::unreachable, "{}: cannot connect: {}; is the disk's server running?", path,
                errno_text(errno));
  }
  return FrontEndChannel(std::move(socket), path, answer_limit_ns);
}

Result<void> FrontEndChannel::tell(VhostUserRequest request, ByteView payload, std::span<const int> descriptors) {
  const uint32_t flags = wants_acknowledgement_ ? kMessageVersion | kMessageNeedReply : kMessageVersion;
  if (auto sent = send(request, flags, payload, descriptors); !sent) return sent;
  if (!wants_acknowledgement_) return {};
  auto answer = receive(request);
  if (!answer) return pass_on(answer);
  uint64_t outcome = 0;
  if (answer->size() != sizeof(outcome) || !copy_out(*answer, 0, outcome)) {
    return fail(ErrorCode::protocol, "{}: the acknowledgement of {} has {} bytes instead of 8", name_, name_of(request),
                answer->size());
  }
  if (outcome != 0) {
    return fail(ErrorCode::refused, "{}: the disk's server refused {} (answer {})", name_, name_of(request), outcome);
  }
  return {};
}

Result<std::vector<uint8_t>> FrontEndChannel::ask(VhostUserRequest request, ByteView payload, size_t length_bytes) {
  if (auto sent = send(request, kMessageVersion, payload, {}); !sent) return pass_on(sent);
  auto answer = receive(request);
  if (answer && answer->size() != length_bytes) {
    return fail(ErrorCode::protocol, "{}: the answer to {} has {} bytes instead of {}", name_, name_of(request),
                answer->size(), length_bytes);
  }
  return answer;
}

Result<uint64_t> FrontEndChannel::ask_number(VhostUserRequest request) {
  auto answer = ask(request, {}, sizeof(uint64_t));
  if (!answer) return pass_on(answer);
  return load_le<uint64_t>(*answer, 0);
}

Result<void> FrontEndChannel::wait_for(VhostUserRequest request, short events, uint64_t deadline_ns) {
  while (true) {
    const uint64_t now = now_ns();
    const uint64_t left_ms = now >= deadline_ns ? 0 : (deadline_ns - now) / kMillisecond + 1;
    pollfd entry{socket_.get(), events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<uint64_t>(left_ms, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::io, "{}: cannot wait: {}", name_, errno_text(errno));
    if (left_ms == 0) {
      return fail(ErrorCode::timed_out, "{}: no answer to {} within {} ms; is another client attached?", name_,
                  name_of(request), answer_limit_ns_ / kMillisecond);
    }
  }
}

Result<void> FrontEndChannel::send(VhostUserRequest request, uint32_t flags, ByteView payload,
                                   std::span<const int> descriptors) {
  LW_ASSERT(payload.size() <= kPayloadBytesMax && descriptors.size() <= kDescriptorsMax);
  const MessageHeaderWire header{static_cast<uint32_t>(request), flags, static_cast<uint32_t>(payload.size())};
  std::array<uint8_t, sizeof(header) + kPayloadBytesMax> bytes;
  std::memcpy(bytes.data(), &header, sizeof(header));
  if (!payload.empty()) std::memcpy(bytes.data() + sizeof(header), payload.data(), payload.size());
  const size_t total = sizeof(header) + payload.size();

  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(int) * kDescriptorsMax)> control{};
  iovec part{bytes.data(), total};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* first = CMSG_FIRSTHDR(&message);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(first), descriptors.data(), descriptors.size_bytes());
  }
  const uint64_t deadline_ns = now_ns() + answer_limit_ns_;
  while (true) {
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    // A stream socket takes a message this small wholly or not at all.
    if (sent == static_cast<ssize_t>(total)) return {};
    if (sent < 0 && errno == EAGAIN) {
      if (auto ready = wait_for(request, POLLOUT, deadline_ns); !ready) return ready;
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    return fail(ErrorCode::io, "{}: the disk's server closed the connection before {}: {}", name_, name_of(request),
                sent < 0 ? errno_text(errno) : "message cut short");
  }
}

// As recv(); a descriptor that comes with the bytes is kept, more than one are not expected and are closed.
ssize_t FrontEndChannel::receive_some(ByteSpan out) {
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(int) * kDescriptorsMax)> control{};
  iovec part{out.data(), out.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got <= 0) return got;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(each) + i * sizeof(int), sizeof(int));
      descriptor_ = UniqueFd(descriptor);
    }
  }
  return got;
}

Result<void> FrontEndChannel::receive_exactly(VhostUserRequest request, ByteSpan out, uint64_t deadline_ns) {
  size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = receive_some(out.subspan(filled));
    if (got > 0) {
      filled += static_cast<size_t>(got);
      continue;
    }
    if (got == 0 || errno == ECONNRESET) {
      return fail(ErrorCode::refused,
                  "{}: the disk's server closed the connection instead of answering {}; is it a vhost-user-blk socket "
                  "with no other client?",
                  name_, name_of(request));
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(ErrorCode::io, "{}: cannot receive: {}", name_, errno_text(errno));
    if (auto ready = wait_for(request, POLLIN, deadline_ns); !ready) return ready;
  }
  return {};
}

Result<std::vector<uint8_t>> FrontEndChannel::receive(VhostUserRequest request) {
  const uint64_t deadline_ns = now_ns() + answer_limit_ns_;
  descriptor_.reset();
  MessageHeaderWire header{};
  if (auto got = receive_exactly(request, writable_bytes_of(header), deadline_ns); !got) return pass_on(got);
  if (header.request != static_cast<uint32_t>(request) || (header.flags & kMessageReply) == 0 ||
      (header.flags & kMessageVersionMask) != kMessageVersion || header.payload_bytes > kPayloadBytesMax) {
    return fail(ErrorCode::protocol,
                "{}: the answer to {} makes no sense (message {}, flags {:#x}, {} bytes); is it a vhost-user socket?",
                name_, name_of(request), header.request, header.flags, header.payload_bytes);
  }
  std::vector<uint8_t> payload(header.payload_bytes);
  if (auto got = receive_exactly(request, payload, deadline_ns); !got) return pass_on(got);
  return payload;
}

}  // namespace laneway
