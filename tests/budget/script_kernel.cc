#include "budget/script_kernel.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace laneway::budget {

namespace {

constexpr uint64_t kTurn_ns = kMicrosecond;

int32_t bytes_in(const iovec* vectors, size_t count) {
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) total += vectors[i].iov_len;
  return static_cast<int32_t>(total);
}

}  // namespace

// The program ends with operations waiting; they must not find themselves in flight when they are destroyed.
ScriptKernel::~ScriptKernel() { LW_ASSERT(waiting_.empty() && kick_reads_.empty() && receive_ == nullptr); }

void ScriptKernel::let_peer_work() {
  if (target_ == nullptr || peer_ == nullptr) return;
  if (!to_peer_.empty()) peer_->received(to_peer_, clock_.time_ns);
  to_peer_.clear();
  target_->on_time(clock_.time_ns);
  if (taken_bytes_ == from_peer_.size()) {
    from_peer_.clear();
    taken_bytes_ = 0;
  }
  while (!peer_->output().empty()) {
    const ByteView bytes = peer_->output();
    from_peer_.insert(from_peer_.end(), bytes.begin(), bytes.end());
    peer_->sent(bytes.size());
  }
}

void ScriptKernel::kick() {
  for (KernelOp* op : kick_reads_) end(*op, sizeof(uint64_t));
  kick_reads_.clear();
}

void ScriptKernel::start(KernelOp& op) {
  op.started();
  ++counters_.operations;
}

void ScriptKernel::read(KernelOp& op, int /*fd*/, IoVectors /*into*/, uint64_t /*offset_bytes*/) {
  start(op);
  kick_reads_.push_back(&op);
}

void ScriptKernel::write(KernelOp& op, int /*fd*/, IoVectors from, uint64_t /*offset_bytes*/, int /*rwf_flags*/) {
  start(op);
  ++counters_.writes;
  end(op, bytes_in(from.first, from.count));
}

void ScriptKernel::fsync(KernelOp& op, int /*fd*/) {
  start(op);
  end(op, 0);
}

void ScriptKernel::fallocate(KernelOp& op, int /*fd*/, int /*mode*/, uint64_t /*offset_bytes*/,
                             uint64_t /*length_bytes*/) {
  start(op);
  end(op, 0);
}

void ScriptKernel::connect(KernelOp& op, int /*fd*/, const sockaddr* /*address*/, socklen_t /*length*/) {
  start(op);
  LW_ASSERT(target_ != nullptr);
  to_peer_.clear();
  from_peer_.clear();
  taken_bytes_ = 0;
  peer_ = target_->connect(clock_.time_ns);
  end(op, 0);
}

void ScriptKernel::accept(KernelOp& op, int /*fd*/) {
  start(op);
  waiting_.push_back(&op);
}

void ScriptKernel::receive(KernelOp& op, int fd, msghdr* message, int /*flags*/) {
  start(op);
  if (fd != tcp_fd_) {
    waiting_.push_back(&op);
    return;
  }
  ++counters_.receives;
  LW_ASSERT(receive_ == nullptr);
  receive_ = &op;
  receive_into_ = message;
}

void ScriptKernel::send(KernelOp& op, int fd, const msghdr* message, int /*flags*/) {
  start(op);
  ++counters_.sends;
  LW_ASSERT(fd == tcp_fd_);
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    const iovec& part = message->msg_iov[i];
    const size_t before = to_peer_.size();
    to_peer_.resize(before + part.iov_len);
    std::memcpy(to_peer_.data() + before, part.iov_base, part.iov_len);
  }
  end(op, bytes_in(message->msg_iov, message->msg_iovlen));
}

void ScriptKernel::poll_hangup(KernelOp& op, int /*fd*/) {
  start(op);
  waiting_.push_back(&op);
}

void ScriptKernel::cancel(KernelOp& op) {
  for (auto* list : {&waiting_, &kick_reads_}) {
    const auto found = std::find(list->begin(), list->end(), &op);
    if (found == list->end()) continue;
    list->erase(found);
    end(op, -ECANCELED);
  }
  if (receive_ != &op) return;
  receive_ = nullptr;
  end(op, -ECANCELED);
}

Result<UniqueFd> ScriptKernel::tcp_socket(int /*family*/) {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC));  // a number of its own is all that is needed
  if (!fd) return fail(ErrorCode::io, "cannot make a descriptor: {}", errno_text(errno));
  tcp_fd_ = fd.get();
  return fd;
}

void ScriptKernel::fill_receive() {
  if (receive_ == nullptr || taken_bytes_ == from_peer_.size()) return;
  size_t moved = 0;
  for (size_t i = 0; i < receive_into_->msg_iovlen && taken_bytes_ < from_peer_.size(); ++i) {
    const iovec& part = receive_into_->msg_iov[i];
    const size_t bytes = std::min(part.iov_len, from_peer_.size() - taken_bytes_);
    std::memcpy(part.iov_base, from_peer_.data() + taken_bytes_, bytes);
    taken_bytes_ += bytes;
    moved += bytes;
  }
  end(*std::exchange(receive_, nullptr), static_cast<int32_t>(moved));
}

uint32_t ScriptKernel::reap(uint32_t budget) {
  fill_receive();
  uint32_t reaped = 0;
  while (reaped < budget && reaped < ended_.size()) {
    const Ended one = ended_[reaped++];
    one.op->completed(one.result);
  }
  ended_.erase(ended_.begin(), ended_.begin() + reaped);
  return reaped;
}

void ScriptKernel::flush() { clock_.time_ns += kTurn_ns; }

void ScriptKernel::sleep(uint64_t until_ns) {
  if (until_ns != kNever) clock_.time_ns = std::max(clock_.time_ns, until_ns);
}

}  // namespace laneway::budget
