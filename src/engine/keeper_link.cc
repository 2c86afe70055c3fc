#include "engine/keeper_link.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/log.h"
#include "keeper/keeper_socket.h"

namespace laneway {

namespace {

constexpr uint64_t kReconnectPauseNs = 100 * kMillisecond;
// A unix socket holds some 200 KiB: a part more fits, and a note of each of very many functions.
constexpr int kQueuedBytesMax = 96 * 1024;

}  // namespace

KeeperLink::KeeperLink(Reactor& control, Sockets sockets, const std::string& path, std::string engine_version)
    : reactor_(control),
      main_(::pthread_self()),
      path_(path),
      address_(keeper_address(path).value_or(sockaddr_un())),
      engine_version_(std::move(engine_version)),
      socket_(std::move(sockets.connected)),
      spare_(std::move(sockets.spare)) {
  run_on(reactor_, [this] { start_receive(); });
}

KeeperLink::~KeeperLink() {
  run_on(reactor_, [this] { end(); });
  has_ended_.acquire();
}

bool KeeperLink::has_room() const {
  int queued_bytes = 0;
  return ::ioctl(socket_.get(), SIOCOUTQ, &queued_bytes) != 0 || queued_bytes < kQueuedBytesMax;
}

KeeperLink::Holding KeeperLink::holding() {
  if (!is_connected_) return Holding::nothing;
  for (Member* member = members_.front(); member != nullptr; member = members_.next(*member)) {
    if (!member->is_kept()) return Holding::some;
  }
  return Holding::everything;
}

void KeeperLink::diverge() {
  constexpr uint8_t kMarked = 1;
  if (mark_ >= 0) (void)::pwrite(mark_, &kMarked, sizeof(kMarked), 0);
}

void KeeperLink::end_use(bool has_failed) {
  --uses_;
  if (has_failed) lose();
  look_for_end();
}

// What the keeper says

void KeeperLink::start_receive() {
  reactor_.kernel().receive(receive_, socket_.get(), incoming_.prepare(), MSG_CMSG_CLOEXEC);
}

void KeeperLink::received(int32_t result) {
  if (is_connected_ && (result == -EINTR || result == -EAGAIN || result == -ECONNRESET)) return start_receive();
  if (is_connected_ && result > 0) {
    Result<Packet> packet = incoming_.take(static_cast<size_t>(result));
    if (packet) {
      take(std::move(*packet));
      start_receive();
      return;
    }
    log_error("The keeper's packets make no sense ({}); connecting again", packet.error().message);
  }
  lose();
  look_for_end();
}

void KeeperLink::take(Packet packet) {
  if (packet.kind == PacketKind::hand_over) {
    // As if an operator had asked for it: main waits for the signal.
    (void)::pthread_kill(main_, SIGTERM);  // NOLINT: all threads block it, and main takes it with sigwait()
    return;
  }
  if (packet.kind == PacketKind::welcome && !packet.descriptors.empty()) {
    spare_ = std::move(packet.descriptors.front());
    return;
  }
  if (packet.kind != PacketKind::answer) return;
  for (Asker* asker = askers_.front(); asker != nullptr; asker = askers_.next(*asker)) {
    if (asker->question() != packet.number) continue;
    static_cast<ListNode<Asker>*>(asker)->unlink();
    asker->answered(std::move(packet));
    return;
  }
}

// Loss and return

void KeeperLink::lose() {
  if (!is_connected_) return;
  is_connected_ = false;
  reactor_.kernel().shut_down(socket_.get());
  reactor_.kernel().cancel(receive_);
  while (Asker* asker = askers_.pop_front()) asker->keeper_lost();
  if (!is_ending_)
    log_warning("The keeper is gone; functions are served on, unprotected, until one listens on {}", path_);
}

void KeeperLink::end() {
  is_ending_ = true;
  lose();
  reactor_.cancel(retry_timer_);
  reactor_.kernel().cancel(connect_);
  look_for_end();
}

void KeeperLink::look_for_end() {
  if (is_connected_ || uses_ > 0 || receive_.is_in_flight() || connect_.is_in_flight()) return;
  if (socket_) reactor_.kernel().close(std::move(socket_));
  if (is_ending_) {
    // Release: the waiter destroys the link; pairs with its acquire.
    has_ended_.release();
    return;
  }
  reactor_.arm(retry_timer_, reactor_.now_ns() + kReconnectPauseNs);
}

void KeeperLink::connect_again() {
  // SAFE: the sockets API takes every address as a sockaddr.
  const auto* address = static_cast<const sockaddr*>(static_cast<const void*>(&address_));
  if (spare_) reactor_.kernel().connect(connect_, spare_.get(), address, sizeof(address_));
}

void KeeperLink::connected(int32_t result) {
  if (result == 0 && !is_ending_) {
    socket_ = std::move(spare_);
    is_connected_ = true;
    ++epoch_;
    greet_again();
    return;
  }
  look_for_end();
}

void KeeperLink::greet_again() {
  log_info("A keeper listens on {}; everything is put into its hands", path_);
  const PacketView hello{
      .kind = PacketKind::hello_again, .number = kKeeperProtocol, .bytes = bytes_of_text(engine_version_)};
  // The first packet of a connection finds room; where it does not arrive the receive ends, too.
  (void)send_packet(socket_.get(), hello, MSG_DONTWAIT);
  start_receive();
  Member* next = nullptr;
  for (Member* member = members_.front(); member != nullptr; member = next) {
    next = members_.next(*member);
    member->keeper_renewed();
  }
}

}  // namespace laneway
