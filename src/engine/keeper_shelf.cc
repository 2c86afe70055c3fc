#include "engine/keeper_shelf.h"

#include <semaphore>
#include <utility>

#include "engine/keeper_item.h"

namespace laneway {

class KeeperShelf::Piece final : private KeeperItem::Owner {
 public:
  Piece(KeeperLink& link, const std::string& key, std::vector<uint8_t> bytes, std::vector<UniqueFd> descriptors)
      : link_(link), bytes_(std::move(bytes)), descriptors_(std::move(descriptors)), item_(link, key, *this) {
    for (const UniqueFd& fd : descriptors_) numbers_.push_back(fd.get());
  }
  ~Piece() {
    run_on(link_.reactor(), [this] {
      is_leaving_ = true;
      look_for_rest();
    });
    is_at_rest_.acquire();
  }

  void put() {
    run_on(link_.reactor(), [this] {
      is_put_wanted_ = true;
      go_on();
    });
    is_told_.acquire();
  }
  void drop() {
    run_on(link_.reactor(), [this] {
      is_drop_wanted_ = true;
      go_on();
    });
    is_told_.acquire();
  }

 private:
  void item_put() override { told(); }
  void item_noted() override {}
  void item_dropped() override { told(); }
  void item_wanted_again() override {
    is_silent_ = true;
    item_.put(bytes_, numbers_);
  }
  // Release: the caller goes on; pairs with its acquire.
  void told() {
    if (!std::exchange(is_silent_, false)) is_told_.release();
    go_on();
    look_for_rest();
  }
  void go_on() {
    if (!item_.is_idle()) return;
    if (std::exchange(is_put_wanted_, false)) {
      item_.put(bytes_, numbers_);
    } else if (std::exchange(is_drop_wanted_, false)) {
      item_.drop();
    }
  }
  void look_for_rest() {
    if (item_.is_idle() && std::exchange(is_leaving_, false)) is_at_rest_.release();
  }

  // Fixed after construction
  KeeperLink& link_;
  const std::vector<uint8_t> bytes_;
  const std::vector<UniqueFd> descriptors_;
  std::vector<int> numbers_;

  // Control reactor only
  bool is_silent_ = false;  // what is under way is for a new keeper: nobody waits for it
  bool is_put_wanted_ = false;
  bool is_drop_wanted_ = false;
  bool is_leaving_ = false;
  std::binary_semaphore is_told_{0};
  std::binary_semaphore is_at_rest_{0};
  KeeperItem item_;
};

KeeperShelf::KeeperShelf(KeeperLink& link) : link_(link) {}

KeeperShelf::~KeeperShelf() = default;

void KeeperShelf::keep(const std::string& key, std::vector<uint8_t> bytes, std::vector<UniqueFd> descriptors) {
  auto piece = std::make_unique<Piece>(link_, key, std::move(bytes), std::move(descriptors));
  Piece& kept = *piece;
  const std::lock_guard lock(mutex_);
  pieces_[key] = std::move(piece);
  kept.put();
}

void KeeperShelf::drop(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = pieces_.find(key);
  if (found == pieces_.end()) return;
  found->second->drop();
  pieces_.erase(found);
}

}  // namespace laneway
