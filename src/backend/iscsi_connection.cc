#include "backend/iscsi_connection.h"

#include <algorithm>
#include <cerrno>

namespace laneway {

IscsiConnection::IscsiConnection(Reactor& reactor, IscsiConnectionOwner& owner)
    : reactor_(reactor),
      owner_(owner),
      timer_(this, fire_by<&IscsiConnection::time_came>),
      connect_op_(this, done_by<&IscsiConnection::connected>),
      send_op_(this, done_by<&IscsiConnection::sent>),
      receive_op_(this, done_by<&IscsiConnection::received>),
      receive_timer_(this, fire_by<&IscsiConnection::receive_came_due>) {}

IscsiConnection::~IscsiConnection() {
  LW_ASSERT(!is_open());
  TurnEnd::unlink();
}

Result<void> IscsiConnection::open(const iscsi::SessionOptions& options, const SocketAddress& address) {
  LW_ASSERT(!is_open());
  auto session = iscsi::Session::open(options);
  if (!session) return pass_on(session);
  auto fd = reactor_.kernel().tcp_socket(address.storage.ss_family);
  if (!fd) return pass_on(fd);
  session_ = std::move(*session);
  fd_ = std::move(*fd);
  address_ = address;
  is_connected_ = false;
  is_closing_ = false;
  is_receive_due_ = true;
  reactor_.kernel().connect(connect_op_, fd_.get(), address_.get(), address_.length);
  reactor_.arm(timer_, reactor_.now_ns() + options.login_timeout_ns);
  return {};
}

void IscsiConnection::connected(int32_t result) {
  if (is_closing_) return pump();
  reactor_.cancel(timer_);
  if (result < 0) {
    session_->connection_lost(fmt::format("cannot connect: {}", errno_text(-result)));
  } else {
    is_connected_ = true;
    session_->start(reactor_.now_ns());
  }
  pump();
  owner_.connection_progressed();
}

void IscsiConnection::time_came() {
  if (!is_open() || is_closing_) return;
  if (is_connected_) {
    session_->on_time(reactor_.now_ns());
  } else {
    session_->connection_lost("cannot connect: no answer");
  }
  pump();
  owner_.connection_progressed();
}

void IscsiConnection::end_turn(uint64_t now_ns) {
  if (!is_open()) return;
  if (is_closing_) {
    if (is_quiet()) finish_close();
    return;
  }
  if (!is_connected_) return;
  start_send(now_ns);
  receive_when_due(now_ns);
  watch_time();
}

void IscsiConnection::receive_when_due(uint64_t now_ns) {
  if (receive_op_.is_in_flight() || receive_timer_.is_armed()) return;
  if (!is_receive_due_) {
    is_receive_due_ = true;
    const uint64_t pause_ns = receive_pause_.next_ns(session_->is_in_large_payload() ? 0 : session_->task_count());
    if (pause_ns > 0) return reactor_.arm(receive_timer_, now_ns + pause_ns);
  }
  start_receive();
}

void IscsiConnection::start_send(uint64_t now_ns) {
  if (send_op_.is_in_flight()) return;
  const size_t count = session_->send_from(send_vectors_, now_ns);
  if (count == 0) return;
  send_header_.msg_iov = send_vectors_.data();
  send_header_.msg_iovlen = count;
  reactor_.kernel().send(send_op_, fd_.get(), &send_header_, 0);
}

void IscsiConnection::start_receive() {
  if (receive_op_.is_in_flight()) return;
  const size_t count = session_->receive_into(receive_vectors_);
  if (count == 0) return;
  receive_header_.msg_iov = receive_vectors_.data();
  receive_header_.msg_iovlen = count;
  reactor_.kernel().receive(receive_op_, fd_.get(), &receive_header_, 0);
}

// The timer may be early: then it only looks again. So a deadline that moves later costs nothing.
void IscsiConnection::watch_time() {
  const uint64_t deadline_ns = session_->next_deadline_ns();
  if (deadline_ns == kNever) return;
  if (!timer_.is_armed() || deadline_ns < timer_.deadline_ns()) reactor_.arm(timer_, deadline_ns);
}

void IscsiConnection::sent(int32_t result) {
  if (result > 0) {
    session_->sent(static_cast<size_t>(result), reactor_.now_ns());
  } else if (result != -EINTR && result != -EAGAIN) {
    session_->connection_lost(fmt::format("cannot send: {}", errno_text(-result)));
  }
  pump();
  if (!is_closing_) owner_.connection_progressed();
}

void IscsiConnection::received(int32_t result) {
  const uint32_t tasks = session_->task_count();
  if (result > 0) {
    // Also while closing: answers that came in time count.
    session_->received(static_cast<size_t>(result), reactor_.now_ns());
  } else if (result == 0) {
    session_->connection_lost("the target closed the connection");
  } else if (result != -EINTR && result != -EAGAIN) {
    session_->connection_lost(fmt::format("cannot receive: {}", errno_text(-result)));
  }
  pump();
  is_receive_due_ = false;
  if (!is_closing_) owner_.connection_progressed();
  const uint32_t left = is_open() ? std::min(session_->task_count(), tasks) : tasks;
  if (result > 0) receive_pause_.received(static_cast<size_t>(result), tasks - left, tasks, reactor_.now_ns());
}

void IscsiConnection::close() {
  if (!is_open() || is_closing_) return;
  is_closing_ = true;
  reactor_.cancel(timer_);
  reactor_.cancel(receive_timer_);
  KernelPort& kernel = reactor_.kernel();
  kernel.shut_down(fd_.get());
  for (KernelOp* op : {&connect_op_, &send_op_, &receive_op_}) {
    if (op->is_in_flight()) kernel.cancel(*op);
  }
  pump();
}

void IscsiConnection::finish_close() {
  reactor_.kernel().close(std::move(fd_));
  fd_ = UniqueFd();
  owner_.connection_closed();
  session_.reset();
  is_closing_ = false;
}

}  // namespace laneway
