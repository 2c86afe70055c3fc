#pragma once
// LinkMark is an item that tells whether the keeper's others are up to date: a memory file that the engine marks as
// soon as it goes on without a keeper. Where both die then, the service manager's store has items of before; the mark
// in them says so, and no device is restored from a record that its guest has left behind. Owned by the engine; made
// and destroyed by main's thread, otherwise control reactor only.

#include <semaphore>

#include "engine/keeper_item.h"
#include "keeper/keeper_client.h"

namespace laneway {

class LinkMark final : private KeeperItem::Owner {
 public:
  // Returns when the mark is kept.
  explicit LinkMark(KeeperLink& link);
  ~LinkMark();

 private:
  void put();
  void item_put() override;
  void item_noted() override {}
  void item_dropped() override {}
  void item_wanted_again() override { put(); }

  // Fixed after construction
  KeeperLink& link_;

  // Control reactor only
  UniqueFd file_;
  int number_ = -1;
  bool is_first_ = true;
  bool is_ending_ = false;
  std::binary_semaphore is_kept_{0};
  std::binary_semaphore has_ended_{0};
  KeeperItem item_;
};

// Takes out what a later engine must not go on with, where the mark says that others followed.
void discard_outdated(Inheritance& inheritance);

}  // namespace laneway
