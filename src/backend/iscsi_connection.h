#pragma once
// IscsiConnection pumps one iSCSI session through one TCP connection: at most one receive and one send are under way,
// and what a turn brings is sent together at its end. Owned by an IscsiLink or a probe; home reactor only.

#include <array>
#include <memory>

#include "backend/iscsi_portal.h"
#include "backend/receive_pause.h"
#include "block/block.h"
#include "iscsi/session.h"
#include "reactor/reactor.h"

namespace laneway {

class IscsiConnectionOwner {
 public:
  // The session moved: take what is finished, look at its state.
  virtual void connection_progressed() = 0;
  // After close(): no byte of the session's tasks is with the kernel any more. Take back every task; the session is
  // destroyed when this returns.
  virtual void connection_closed() = 0;

 protected:
  ~IscsiConnectionOwner() = default;
};

class IscsiConnection final : private TurnEnd {
 public:
  IscsiConnection(Reactor& reactor, IscsiConnectionOwner& owner);
  ~IscsiConnection();  // only when !is_open()

  // Makes a session and begins to connect it.
  Result<void> open(const iscsi::SessionOptions& options, const SocketAddress& address);
  bool is_open() const { return session_ != nullptr; }
  iscsi::Session& session() { return *session_; }
  // Sends at the end of the turn what the session has to send; to be called after whatever may have given it something.
  void pump() { reactor_.at_turn_end(*this); }
  Patience patience() const {
    if (receive_timer_.is_armed()) return Patience::timed;
    const bool is_bulk = is_open() && session_->is_in_large_payload() && session_->task_count() >= kBulkTasksMin;
    return is_bulk ? Patience::bulk : Patience::none;
  }
  // Ends the connection; connection_closed() follows as soon as the kernel lets go of all memory, never in here.
  void close();

 private:
  static constexpr size_t kSendVectorsMax = 512;
  static constexpr size_t kReceiveVectorsMax = 64;
  static constexpr uint32_t kBulkTasksMin = 4;  // fewer wait for each other

  void end_turn(uint64_t now_ns) override;
  void connected(int32_t result);
  void sent(int32_t result);
  void received(int32_t result);
  void time_came();
  void start_send(uint64_t now_ns);
  void start_receive();
  void receive_when_due(uint64_t now_ns);
  void receive_came_due() { pump(); }
  void watch_time();
  void finish_close();
  bool is_quiet() const {
    return !connect_op_.is_in_flight() && !send_op_.is_in_flight() && !receive_op_.is_in_flight();
  }

  // Fixed after construction
  Reactor& reactor_;
  IscsiConnectionOwner& owner_;

  // Home reactor only
  std::unique_ptr<iscsi::Session> session_;
  SocketAddress address_;
  UniqueFd fd_;
  Timer timer_;
  KernelOp connect_op_;
  KernelOp send_op_;
  KernelOp receive_op_;
  Timer receive_timer_;  // armed while answers are let gather
  msghdr send_header_{};
  msghdr receive_header_{};
  std::array<iovec, kSendVectorsMax> send_vectors_{};
  std::array<iovec, kReceiveVectorsMax> receive_vectors_{};
  ReceivePause receive_pause_;
  bool is_receive_due_ = true;  // false: the pause before the next receive is not chosen yet, or runs
  bool is_connected_ = false;
  bool is_closing_ = false;
};

}  // namespace laneway
