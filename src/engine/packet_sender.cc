#include "engine/packet_sender.h"

#include <cerrno>

namespace laneway {

namespace {

constexpr uint64_t kRetryPauseNs = kMillisecond;

}  // namespace

void PacketSender::send(const PacketView& packet) {
  LW_ASSERT(!is_busy_);
  is_busy_ = true;
  waits_for_room_ = false;
  if (link_.socket() < 0) {
    link_.diverge();
    link_.reactor().post(*this);
    return;
  }
  packet_.load(packet);
  epoch_ = link_.epoch();
  start();
}

void PacketSender::send_when_room(const PacketView& packet) {
  LW_ASSERT(!is_busy_);
  if (link_.socket() < 0 || link_.has_room()) return send(packet);
  is_busy_ = waits_for_room_ = true;
  packet_.load(packet);
  epoch_ = link_.epoch();
  start();
}

void PacketSender::start() {
  Reactor& reactor = link_.reactor();
  if (link_.socket() < 0 || link_.epoch() != epoch_) {
    link_.diverge();
    reactor.post(*this);
    return;
  }
  if (waits_for_room_ && !link_.has_room()) {
    reactor.arm(retry_timer_, reactor.now_ns() + kRetryPauseNs);
    return;
  }
  link_.begin_use();
  reactor.kernel().send(send_, link_.socket(), packet_.message(), MSG_NOSIGNAL);
}

void PacketSender::sent(int32_t result) {
  // Too many descriptors are under way to the keeper: it takes them out shortly.
  const bool is_worth_a_retry = result == -EINTR || result == -EAGAIN || result == -ETOOMANYREFS;
  link_.end_use(result < 0 && !is_worth_a_retry);
  if (!is_worth_a_retry) {
    if (result < 0) link_.diverge();
    finish();
    return;
  }
  link_.reactor().arm(retry_timer_, link_.reactor().now_ns() + kRetryPauseNs);
}

void PacketSender::finish() {
  is_busy_ = false;
  owner_.packet_sent();
}

}  // namespace laneway
