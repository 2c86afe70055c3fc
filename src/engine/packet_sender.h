#pragma once
// PacketSender sends one packet at a time to the keeper. Where there is no keeper, or it goes away meanwhile, the
// packet counts as sent: the engine serves on without. A member of whoever sends. Control reactor only.

#include "engine/keeper_link.h"

namespace laneway {

class PacketSender final : private Letter {
 public:
  class Owner {
   public:
    // Later than the call, never in it.
    virtual void packet_sent() = 0;

   protected:
    ~Owner() = default;
  };

  PacketSender(KeeperLink& link, Owner& owner) : link_(link), owner_(owner) {}
  ~PacketSender() override { LW_ASSERT(!is_busy_); }

  bool is_busy() const { return is_busy_; }
  // `bytes` of the packet stay until it is sent; its descriptors, too. A note and the like is on its way with the next
  // flush.
  void send(const PacketView& packet);
  // The same, but waits until the socket has room beside others' notes.
  void send_when_room(const PacketView& packet);

 private:
  void deliver() override { finish(); }
  void start();
  void sent(int32_t result);
  void finish();

  // Fixed after construction
  KeeperLink& link_;
  Owner& owner_;

  OutgoingPacket packet_;
  uint64_t epoch_ = 0;
  bool is_busy_ = false;
  bool waits_for_room_ = false;
  KernelOp send_{this, done_by<&PacketSender::sent>};
  Timer retry_timer_{this, fire_by<&PacketSender::start>};
};

}  // namespace laneway
