#include "frontend/vhost_connection.h"

#include <cerrno>
#include <cstring>

namespace laneway {

namespace {

bool is_worth_a_retry(int32_t result) { return result == -EINTR || result == -EAGAIN; }

}  // namespace

VhostConnection::VhostConnection(KernelPort& kernel, UniqueFd socket, VhostUserMachine& machine, DeviceVault* vault,
                                 Owner& owner)
    : kernel_(kernel), socket_(std::move(socket)), machine_(machine), vault_(vault), owner_(owner) {
  if (vault_ != nullptr) vault_->attend(this);
}

VhostConnection::~VhostConnection() {
  LW_ASSERT(is_idle());
  if (vault_ != nullptr) vault_->attend(nullptr);
  kernel_.close(std::move(socket_));
}

// The connection itself is worth keeping, before any message.
void VhostConnection::begin() {
  step_ = Step::listening;
  keep();
}

void VhostConnection::resume(uint64_t note) {
  DeviceRecord& record = machine_.record();
  step_ = Step::listening;
  if (note != record.serial) {
    chunk_bytes_ = record.consume_bytes;
    settle();
    return;
  }
  machine_.sent(record.output.size());
  machine_.consumed();
  go_on();
}

void VhostConnection::pump() {
  if (is_lost_ || is_pausing_ || is_ending_ || step_ != Step::listening) return;
  step_ = Step::away;
  const auto pumped = machine_.pump();
  step_ = Step::listening;
  if (!pumped) {
    lose(&pumped.error());
    return;
  }
  go_on();
}

void VhostConnection::keep() {
  is_keep_wanted_ = vault_ != nullptr;
  go_on();
}

void VhostConnection::go_on() {
  if (is_lost_ || is_ending_ || step_ != Step::listening) return;
  if (is_pausing_) {
    look_for_end();
    return;
  }
  const bool has_taken = chunk_bytes_ > 0 && !machine_.is_waiting();
  if (has_taken || !machine_.is_kept() || is_keep_wanted_) {
    put();
    return;
  }
  if (!machine_.is_waiting()) {
    if (!peek_.is_in_flight()) start_peek();
    return;
  }
  // A message waits for its rings to drain, which may take long: meanwhile only the connection's end is looked for.
  if (!watch_.is_in_flight()) kernel_.poll_hangup(watch_, socket_.get());
}

// Peeks

void VhostConnection::start_peek() {
  in_vector_ = {in_bytes_.data(), in_bytes_.size()};
  in_message_ = {};
  in_message_.msg_iov = &in_vector_;
  in_message_.msg_iovlen = 1;
  in_message_.msg_control = in_control_.bytes.data();
  in_message_.msg_controllen = in_control_.bytes.size();
  kernel_.receive(peek_, socket_.get(), &in_message_, MSG_PEEK | MSG_CMSG_CLOEXEC);
}

void VhostConnection::peeked(int32_t result) {
  if (is_ending_ || is_pausing_) {
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
  if (step_ != Step::listening) return;  // it is all still there
  const ByteView there(in_bytes_.data(), static_cast<size_t>(result));
  const size_t count = machine_.count_of_message(there);
  // A peek goes as far as the first bytes that have descriptors with them, and ends there: where it went beyond this
  // message, they are a later one's.
  if (count < there.size()) descriptors->clear();
  chunk_bytes_ = count;
  step_ = Step::away;
  const auto taken = machine_.received(there.first(count), std::move(*descriptors));
  step_ = Step::listening;
  if (!taken) {
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

// Keeps, answers and takes

void VhostConnection::put() {
  step_ = Step::keeping;
  is_keep_wanted_ = false;
  DeviceRecord& record = machine_.record();
  ++record.serial;
  record.consume_bytes = machine_.is_waiting() ? 0 : static_cast<uint32_t>(chunk_bytes_);
  if (vault_ == nullptr) {
    record_kept();
    return;
  }
  encoded_ = machine_.encode(socket_.get());
  vault_->put(encoded_);
}

void VhostConnection::record_kept() {
  step_ = Step::listening;
  if (is_ending_ || is_last_put_) {
    look_for_end();
    return;
  }
  machine_.kept();
  owner_.message_kept();
  settle();
}

// Between the first and the last of these no death of the process can fall: the kernel does them in one call.
void VhostConnection::settle() {
  step_ = Step::settling;
  consume_bytes_ = machine_.record().consume_bytes;
  kernel_.keep_together(3);
  if (!machine_.output().empty()) start_send();
  if (consume_bytes_ > 0) start_consume();
  if (vault_ != nullptr) {
    is_noting_ = true;
    vault_->note(machine_.record().serial);
  }
  look_for_settled();
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
  // It must not wait: a front-end whose queue of unread answers is full does not read them.
  kernel_.send(send_, socket_.get(), &out_message_, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void VhostConnection::sent(int32_t result) {
  if (is_ending_) {
    look_for_end();
    return;
  }
  if (result == -EAGAIN) {
    const Error error{ErrorCode::protocol, "it does not read its answers"};
    lose(&error);
    return;
  }
  if (result < 0 && result != -EINTR) {
    lose(nullptr);
    return;
  }
  machine_.sent(result > 0 ? static_cast<size_t>(result) : 0);
  if (!machine_.output().empty()) start_send();
  look_for_settled();
}

// Without room for descriptors: those that come with the bytes again are dropped by the kernel.
void VhostConnection::start_consume() {
  in_vector_ = {in_bytes_.data(), consume_bytes_};
  in_message_ = {};
  in_message_.msg_iov = &in_vector_;
  in_message_.msg_iovlen = 1;
  kernel_.receive(consume_, socket_.get(), &in_message_, MSG_DONTWAIT);
}

void VhostConnection::consumed(int32_t result) {
  if (is_ending_) {
    look_for_end();
    return;
  }
  if (result <= 0 && result != -EINTR) {
    lose(nullptr);
    return;
  }
  if (result > 0) consume_bytes_ -= static_cast<size_t>(result);
  if (consume_bytes_ > 0) start_consume();
  look_for_settled();
}

void VhostConnection::note_sent() {
  is_noting_ = false;
  if (is_ending_) {
    look_for_end();
    return;
  }
  look_for_settled();
}

void VhostConnection::look_for_settled() {
  if (is_lost_ || step_ != Step::settling) return;
  if (send_.is_in_flight() || consume_.is_in_flight() || is_noting_) return;
  step_ = Step::listening;
  if (machine_.record().consume_bytes > 0) {
    machine_.consumed();
    chunk_bytes_ = 0;
  }
  // A message that waited for rings all the while was not looked at.
  if (machine_.is_waiting()) {
    pump();
  } else {
    go_on();
  }
}

// The end

void VhostConnection::hung_up(int32_t result) {
  if (is_ending_ || is_pausing_) {
    look_for_end();
    return;
  }
  if (result > 0 && machine_.is_waiting()) lose(nullptr);
}

void VhostConnection::lose(const Error* error) {
  if (is_lost_) return;
  is_lost_ = true;
  owner_.connection_lost(error);
}

void VhostConnection::pause() {
  is_pausing_ = true;
  kernel_.cancel(peek_);
  kernel_.cancel(watch_);
}

void VhostConnection::put_last() {
  LW_ASSERT(is_pausing_ && is_idle() && vault_ != nullptr);
  is_last_put_ = true;
  put();
}

void VhostConnection::end() {
  if (is_ending_) return;
  is_ending_ = true;
  // Not only a close: a duplicate of the socket may live elsewhere, and the peer must see the end.
  if (!is_pausing_) kernel_.shut_down(socket_.get());
  for (KernelOp* op : {&peek_, &consume_, &send_, &watch_}) kernel_.cancel(*op);
}

void VhostConnection::look_for_end() {
  if (is_idle()) owner_.connection_ended();
}

}  // namespace laneway
