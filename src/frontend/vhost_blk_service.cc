#include "frontend/vhost_blk_service.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "frontend/vhost_blk_function.h"

namespace laneway {

namespace {

constexpr uint64_t kSecondConnectionPatience_ns = 500 * kMillisecond;
constexpr uint64_t kAcceptPause_ns = kSecond;  // after an accept that failed for want of descriptors or memory

int32_t peer_pid(int socket) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

}  // namespace

VhostBlkService::VhostBlkService(const Function& function, UniqueFd listener, FunctionPlace place, Owner& owner)
    : function_(function),
      options_(function.options),
      disk_(function.disk),
      reactor_(place.home),
      owner_(owner),
      place_(std::move(place)),
      listener_(std::move(listener)) {
  place_.rings.resize(options_.queues, place_.rings.front());
}

VhostBlkService::~VhostBlkService() { LW_ASSERT(device_ == nullptr && connection_ == nullptr); }

void VhostBlkService::start() { start_accept(); }

Result<void> VhostBlkService::restore(KeptDevice kept) {
  if (!kept.record.connection) return fail(ErrorCode::protocol, "the device record names no connection");
  build(std::move(kept.record.connection));
  Result<void> restored = device_->restore(std::move(kept.record));
  if (restored) {
    connection_->resume(kept.note);
    start_accept();
  } else {
    // Descriptors of a record are duplicates: closing them ends nothing.
    is_attached_.store(false, std::memory_order_relaxed);
    device_->detach();
    connection_.reset();
    device_.reset();
  }
  return restored;
}

void VhostBlkService::start_accept() {
  if (is_closing_ || accept_.is_in_flight() || waiting_ || !listener_) return;
  reactor_.kernel().accept(accept_, listener_.get());
}

void VhostBlkService::accepted(int32_t result) {
  if (is_closing_) {
    if (result >= 0) reactor_.kernel().close(UniqueFd(result));
    look_for_end();
    return;
  }
  if (result < 0) {
    const bool is_peers_doing = result == -ECONNABORTED || result == -EINTR || result == -EAGAIN;
    reactor_.arm(accept_timer_, reactor_.now_ns() + (is_peers_doing ? kMillisecond : kAcceptPause_ns));
    return;
  }
  UniqueFd socket(result);
  if (device_ == nullptr) {
    attach(std::move(socket));
    start_accept();
    return;
  }
  waiting_ = std::move(socket);
  reactor_.arm(waiting_timer_, reactor_.now_ns() + kSecondConnectionPatience_ns);
}

void VhostBlkService::attach(UniqueFd socket) {
  function_.stats.control().connections.add(1);
  build(std::move(socket));
  connection_->begin();
}

void VhostBlkService::build(UniqueFd socket) {
  VhostBlk::Owner& device_owner = *this;
  VhostConnection::Owner& connection_owner = *this;
  const VhostBlk::Function function{options_, disk_, reactor_, function_.stats, function_.log_gate, place_.rings};
  device_ = std::make_unique<VhostBlk>(function, device_owner);
  connection_ = std::make_unique<VhostConnection>(reactor_.kernel(), std::move(socket), device_->machine(),
                                                  place_.vault, connection_owner);
  is_attached_.store(true, std::memory_order_relaxed);
}

void VhostBlkService::waited_long_enough() {
  if (!waiting_) return;
  // While the first one is being drained the second one is its successor, and waits on.
  if (!is_attached()) return;
  turn_away_waiting();
  start_accept();
}

void VhostBlkService::turn_away_waiting() {
  function_.stats.control().refused_connections.add(1);
  reactor_.kernel().shut_down(waiting_.get());
  reactor_.kernel().close(std::move(waiting_));
  uint64_t held_back = 0;
  if (!function_.log_gate.admit(reactor_.now_ns(), held_back)) return;
  log_warning(
      "function {}: turned away a second front-end; one is attached already, and a function serves one at a time",
      options_.name);
}

void VhostBlkService::device_progressed() {
  if (connection_ != nullptr) connection_->pump();
}

void VhostBlkService::record_changed() {
  if (connection_ != nullptr) connection_->keep();
}

void VhostBlkService::connection_lost(const Error* error) {
  uint64_t held_back = 0;
  if (error != nullptr) {
    function_.stats.control().protocol_errors.add(1);
    if (function_.log_gate.admit(reactor_.now_ns(), held_back)) {
      log_warning("function {}: disconnected its front-end, whose message makes no sense: {}", options_.name,
                  error->message);
    }
  } else if (function_.log_gate.admit(reactor_.now_ns(), held_back)) {
    log_info("function {}: its front-end disconnected; waiting for the next one", options_.name);
  }
  is_attached_.store(false, std::memory_order_relaxed);
  connection_->end();
  device_->detach();
  look_for_end();
}

void VhostBlkService::stop_accepting() {
  is_closing_ = true;
  reactor_.cancel(waiting_timer_);
  reactor_.cancel(accept_timer_);
  reactor_.kernel().cancel(accept_);
  if (waiting_) reactor_.kernel().close(std::move(waiting_));
}

void VhostBlkService::hand_over(uint64_t patience_ns) {
  stop_accepting();
  if (device_ == nullptr || !is_attached() || place_.vault == nullptr) {
    handed_over(device_ == nullptr);  // one that was disconnected may still have requests under way
    return;
  }
  hand_over_ = HandOver::resting;
  reactor_.arm(rest_timer_, reactor_.now_ns() + patience_ns);
  connection_->pause();
  look_for_rest();
}

void VhostBlkService::look_for_rest() {
  if (hand_over_ != HandOver::resting || !connection_->is_idle()) return;
  // Not before what the last message changed is kept.
  if (!device_->is_resting()) device_->rest();
  is_at_rest_ = device_->is_at_rest();
  if (!is_at_rest_ && rest_timer_.is_armed()) return;
  reactor_.cancel(rest_timer_);
  hand_over_ = HandOver::keeping;
  device_->machine().record().is_settled = is_at_rest_;
  connection_->put_last();
}

void VhostBlkService::handed_over(bool is_at_rest) {
  hand_over_ = HandOver::done;
  is_at_rest_ = is_at_rest;
  owner_.service_handed_over(is_at_rest);
}

void VhostBlkService::connection_ended() {
  look_for_rest();
  if (hand_over_ == HandOver::keeping && connection_->is_idle()) handed_over(is_at_rest_);
  look_for_end();
}

void VhostBlkService::close() {
  if (!is_closing_) stop_accepting();
  is_close_asked_ = true;
  reactor_.cancel(rest_timer_);
  is_attached_.store(false, std::memory_order_relaxed);
  if (connection_ != nullptr) connection_->end();
  if (device_ != nullptr) device_->detach();
  look_for_end();
}

// Where everything has ended, the rest is done from a letter: callers may be on the stack of what is to be destroyed.
void VhostBlkService::look_for_end() {
  if (is_take_down_posted_) return;
  const bool is_device_gone = device_ != nullptr && device_->is_detached() && connection_->is_idle();
  const bool is_closed = is_close_asked_ && device_ == nullptr && is_ready_to_close();
  if (!is_device_gone && !is_closed) return;
  is_take_down_posted_ = true;
  reactor_.post(take_down_note_);
}

bool VhostBlkService::is_ready_to_close() const {
  return !accept_.is_in_flight() && !is_geometry_posted_.load(std::memory_order_acquire);
}

void VhostBlkService::take_down() {
  is_take_down_posted_ = false;
  connection_.reset();
  const bool is_left = hand_over_ != HandOver::none;
  if (device_ != nullptr && place_.vault != nullptr && !is_left) place_.vault->drop();
  device_.reset();
  rings_moved();
  if (is_closing_) {
    if (!is_close_asked_ || !is_ready_to_close()) return;
    if (listener_) reactor_.kernel().close(std::move(listener_));
    owner_.service_closed();  // may destroy us: nothing after this
    return;
  }
  if (waiting_) {
    reactor_.cancel(waiting_timer_);
    attach(std::move(waiting_));
  }
  start_accept();
}

void VhostBlkService::place_rings(const std::vector<RequestPool*>& rings, MoveListener* listener) {
  LW_ASSERT(rings.size() == place_.rings.size());
  place_.rings = rings;
  move_listener_ = listener;
  if (device_ == nullptr) return rings_moved();
  // A device that is on its way out takes nothing along: take_down() tells.
  if (is_attached()) device_->move_rings();
}

void VhostBlkService::rings_moved() {
  MoveListener* listener = std::exchange(move_listener_, nullptr);
  if (listener != nullptr) listener->rings_moved();
}

void VhostBlkService::geometry_changed() {
  // Acquire and release: pairs with read_geometry(), so that a change after its look is posted again.
  if (!is_geometry_posted_.exchange(true, std::memory_order_acq_rel)) reactor_.post(geometry_note_);
}

void VhostBlkService::read_geometry() {
  is_geometry_posted_.store(false, std::memory_order_release);
  if (is_closing_) {
    look_for_end();
    return;
  }
  if (device_ != nullptr) device_->geometry_changed();
}

VhostBlkConnection VhostBlkService::connection() const {
  VhostBlkConnection out;
  out.is_attached = is_attached();
  if (device_ == nullptr || !out.is_attached) return out;
  const VhostUserMachine& machine = device_->machine();
  const DeviceRecord& record = machine.record();
  out.is_broken = device_->is_broken();
  out.broken_reason = device_->broken_reason();
  out.peer_pid = peer_pid(connection_->socket());
  out.features = record.features;
  out.protocol_features = record.protocol_features;
  out.device_status = record.status;
  out.is_writeback = record.is_writeback;
  out.has_peer_inflight = record.inflight.is_from_front_end;
  const GuestMemory& memory = machine.memory();
  out.memory_regions = static_cast<uint32_t>(memory.region_count());
  for (size_t i = 0; i < memory.region_count(); ++i) out.memory_bytes += memory.region(i).size_bytes;
  for (uint32_t i = 0; i < record.rings.size(); ++i) {
    const RingRecord& state = record.rings[i];
    if (state.size == 0) continue;
    const VhostBlk::RingView ring = device_->ring(i);
    out.is_driver_active |= ring.is_running;
    out.rings.push_back({i, state.size, state.is_enabled, ring.is_running, ring.in_flight});
  }
  return out;
}

Result<DeviceRecord> VhostBlkService::record() const {
  if (device_ == nullptr || !is_attached()) {
    return fail(ErrorCode::not_found, "no front-end is attached to function {}", options_.name);
  }
  auto record = device_->machine().duplicate();
  if (!record) return record;
  record->connection = UniqueFd(::fcntl(connection_->socket(), F_DUPFD_CLOEXEC, 0));
  if (!record->connection) return fail(ErrorCode::io, "cannot duplicate a front-end's socket: {}", errno_text(errno));
  return record;
}

}  // namespace laneway
