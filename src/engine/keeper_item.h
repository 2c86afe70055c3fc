#pragma once
// KeeperItem is one item at the keeper, as its owner in the engine changes it: puts in as many parts as it takes, notes
// and drops, one after the other. Control reactor only, but for what says otherwise.

#include <optional>
#include <string>
#include <vector>

#include "engine/packet_sender.h"

namespace laneway {

class KeeperItem final : private KeeperLink::Member, private PacketSender::Owner {
 public:
  // Told later than the call, never in it.
  class Owner {
   public:
    virtual void item_put() = 0;
    virtual void item_noted() = 0;
    virtual void item_dropped() = 0;
    // The keeper is another one and has nothing. Not during a put, note or drop.
    virtual void item_wanted_again() = 0;

   protected:
    ~Owner() = default;
  };

  // Any thread but the control reactor's; the link outlives the item. Idle at its destruction.
  KeeperItem(KeeperLink& link, std::string key, Owner& owner);
  ~KeeperItem();

  // What it refers to stays until item_put(). One at a time.
  void put(ByteView bytes, std::span<const int> descriptors);
  // With the next flush, unless a drop is under way. One at a time, not during a put.
  void note(uint64_t number);
  // Not during a put. A put may follow at once.
  void drop();
  bool is_idle() const { return step_ == Step::none && !is_put_wanted_ && !is_note_wanted_ && !is_drop_wanted_; }

 private:
  enum class Step : uint8_t { none, put, note, drop };
  void keeper_renewed() override;
  bool is_kept() const override { return is_idle() && (!has_content_ || kept_epoch_ == link_.epoch()); }
  void packet_sent() override;
  void go_on();
  void send_part();
  void finish(Step step);

  // Fixed after construction
  KeeperLink& link_;
  const std::string key_;
  Owner& owner_;

  PacketSender sender_{link_, *this};
  Step step_ = Step::none;
  bool is_put_wanted_ = false;
  bool is_note_wanted_ = false;
  bool is_drop_wanted_ = false;
  bool is_renewed_ = false;  // the owner is yet to be told
  ByteView bytes_;
  std::span<const int> descriptors_;
  uint16_t part_ = 0;
  uint64_t epoch_ = 0;  // of the connection that the put began on
  uint64_t note_ = 0;
  bool has_content_ = false;  // it was put, and not dropped since
  uint64_t kept_epoch_ = 0;   // of the connection that all of it went through last
};

}  // namespace laneway
