#include "frontend/vhost_connection.h"

#include <cerrno>
#include <cstring>

namespace laneway {

namespace {

bool is_worth_a_retry(int32_t result) { return result == -EINTR || result == -EAGAIN; }

}  // namespace

VhostConnection::VhostConnection(KernelPort& kernel, UniqueFd socket, VhostUserMachine& machine, Owner& owner)
    : kernel_(kernel), socket_(std::move(socket)), machine_(machine), owner_(owner) {}

VhostConnection::~VhostConnection() {
  LW_ASSERT(is_idle());
  kernel_.close(std::move(socket_));
}

void VhostConnection::pump() {
  if (is_lost_ || is_ending_) return;
  if (auto pumped = machine_.pump(); !pumped) {
    lose(&pumped.error());
    return;
  }
  go_on();
}

// One thing at a time: an answer is sent before the next message is received.
void VhostConnection::go_on() {
  if (is_lost_ || is_ending_) return;
  if (!machine_.output().empty()) {
    if (!send_.is_in_flight()) start_send();
    return;
  }
  const size_t wanted = machine_.wanted_bytes();
  if (wanted == 0) {
    // A message waits for its rings to drain, which may take long: meanwhile only the connection's end is looked for.
    if (!watch_.is_in_flight()) start_watch();
    return;
  }
  if (!receive_.is_in_flight()) start_receive(wanted);
}

void VhostConnection::start_receive(size_t bytes) {
  in_vector_ = {in_bytes_.data(), bytes};
  in_message_ = {};
  in_message_.msg_iov = &in_vector_;
  in_message_.msg_iovlen = 1;
  in_message_.msg_control = in_control_.bytes.data();
  in_message_.msg_controllen = in_control_.bytes.size();
  kernel_.receive(receive_, socket_.get(), &in_message_, MSG_CMSG_CLOEXEC);
}

void VhostConnection::received(int32_t result) {
  if (is_ending_) {
    if (result > 0) (void)take_descriptors();
    look_for_end();
    return;
  }
  if (is_worth_a_retry(result)) {
    go_on();
    return;
  }
  if (result <= 0) {
    lose(nullptr);
    return;
  }
  auto descriptors = take_descriptors();
  if (!descriptors) {
    lose(&descriptors.error());
    return;
  }
  const ByteView bytes(in_bytes_.data(), static_cast<size_t>(result));
  if (auto taken = machine_.received(bytes, std::move(*descriptors)); !taken) {
    lose(&taken.error());
    return;
  }
  go_on();
}

Result<std::vector<UniqueFd>> VhostConnection::take_descriptors() {
  std::vector<UniqueFd> out;
  for (cmsghdr* part = CMSG_FIRSTHDR(&in_message_); part != nullptr; part = CMSG_NXTHDR(&in_message_, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      out.emplace_back(fd);
    }
  }
  if ((in_message_.msg_flags & MSG_CTRUNC) != 0) {
    return fail(ErrorCode::protocol, "more than {} descriptors with a message, or none left for them",
                kMessageDescriptorsMax);
  }
  return out;
}

void VhostConnection::start_send() {
  const ByteView output = machine_.output();
  out_vector_ = {const_cast<uint8_t*>(output.data()), output.size()};
  out_message_ = {};
  out_message_.msg_iov = &out_vector_;
  out_message_.msg_iovlen = 1;
  const auto descriptors = machine_.output_descriptors();
  if (!descriptors.empty()) {
    out_message_.msg_control = out_control_.bytes.data();
    out_message_.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&out_message_);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    for (size_t i = 0; i < descriptors.size(); ++i) {
      const int fd = descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof(int));
    }
  }
  kernel_.send(send_, socket_.get(), &out_message_, MSG_NOSIGNAL);
}

void VhostConnection::sent(int32_t result) {
  if (is_ending_) {
    look_for_end();
    return;
  }
  if (result < 0 && !is_worth_a_retry(result)) {
    lose(nullptr);
    return;
  }
  machine_.sent(result > 0 ? static_cast<size_t>(result) : 0);
  go_on();
}

void VhostConnection::start_watch() {
  watch_message_ = {};
  watch_message_.msg_iov = &watch_vector_;
  watch_message_.msg_iovlen = 1;
  kernel_.receive(watch_, socket_.get(), &watch_message_, MSG_PEEK);
}

void VhostConnection::watched(int32_t result) {
  if (is_ending_) {
    look_for_end();
    return;
  }
  // The next message is there already: its turn comes. Only an end matters here.
  if (result == 0) lose(nullptr);
}

void VhostConnection::lose(const Error* error) {
  if (is_lost_) return;
  is_lost_ = true;
  owner_.connection_lost(error);
}

void VhostConnection::end() {
  if (is_ending_) return;
  is_ending_ = true;
  // Not only a close: a duplicate of the socket may live elsewhere, and the peer must see the end.
  kernel_.shut_down(socket_.get());
  kernel_.cancel(receive_);
  kernel_.cancel(send_);
  kernel_.cancel(watch_);
}

void VhostConnection::look_for_end() {
  if (is_idle()) owner_.connection_ended();
}

}  // namespace laneway
