#include "engine/keeper_item.h"

#include <utility>

namespace laneway {

KeeperItem::KeeperItem(KeeperLink& link, std::string key, Owner& owner)
    : link_(link), key_(std::move(key)), owner_(owner) {
  LW_ASSERT(is_key(key_));
  run_on(link_.reactor(), [this] { link_.join(*this); });
}

KeeperItem::~KeeperItem() {
  run_on(link_.reactor(), [this] {
    LW_ASSERT(is_idle());
    unlink();
  });
}

void KeeperItem::put(ByteView bytes, std::span<const int> descriptors) {
  LW_ASSERT(!is_put_wanted_ && step_ != Step::put);
  bytes_ = bytes;
  descriptors_ = descriptors;
  is_put_wanted_ = true;
  has_content_ = true;
  go_on();
}

void KeeperItem::note(uint64_t number) {
  LW_ASSERT(!is_put_wanted_ && step_ != Step::put && !is_note_wanted_);
  note_ = number;
  is_note_wanted_ = true;
  go_on();
}

void KeeperItem::drop() {
  LW_ASSERT(!is_put_wanted_ && step_ != Step::put);
  is_drop_wanted_ = true;
  has_content_ = false;
  go_on();
}

// Where several are wanted the put is the last that was asked for.
void KeeperItem::go_on() {
  if (step_ != Step::none) return;
  if (std::exchange(is_note_wanted_, false)) {
    step_ = Step::note;
    sender_.send({.kind = PacketKind::note, .key = key_, .number = note_});
  } else if (std::exchange(is_drop_wanted_, false)) {
    step_ = Step::drop;
    sender_.send({.kind = PacketKind::drop, .key = key_});
  } else if (std::exchange(is_put_wanted_, false)) {
    step_ = Step::put;
    part_ = 0;
    epoch_ = link_.epoch();
    send_part();
  } else if (std::exchange(is_renewed_, false)) {
    owner_.item_wanted_again();
  }
}

void KeeperItem::send_part() {
  const PacketView whole{.kind = PacketKind::put, .key = key_, .bytes = bytes_, .descriptors = descriptors_};
  sender_.send_when_room(part_of_item(whole, part_));
}

void KeeperItem::packet_sent() {
  const bool has_more = step_ == Step::put && part_ + 1 < parts_of_item(bytes_.size(), descriptors_.size());
  // A keeper that is new since is told all of it again anyway.
  if (has_more && link_.socket() >= 0 && link_.epoch() == epoch_) {
    ++part_;
    send_part();
    return;
  }
  finish(std::exchange(step_, Step::none));
  go_on();
}

void KeeperItem::finish(Step step) {
  switch (step) {
    case Step::none:
      return;
    case Step::put:
      kept_epoch_ = epoch_;
      owner_.item_put();
      return;
    case Step::note:
      owner_.item_noted();
      return;
    case Step::drop:
      owner_.item_dropped();
      return;
  }
}

void KeeperItem::keeper_renewed() {
  is_renewed_ = true;
  go_on();
}

}  // namespace laneway
