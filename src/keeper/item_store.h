#pragma once
// ItemStore is all that the keeper holds: the items by their keys, changed by an engine's packets and given to its
// successor. What is told to a service manager's store as well goes through ItemMirror. Owned by the keeper; its
// thread.

#include <map>
#include <memory>

#include "keeper/item.h"

namespace laneway {

// Another place where the items are, for when the keeper itself ends. Told of every change.
class ItemMirror {
 public:
  virtual void item_kept(const KeptItem& item) = 0;
  virtual void item_noted(const KeptItem& item) = 0;
  virtual void item_dropped(const std::string& key) = 0;

 protected:
  ~ItemMirror() = default;
};

class ItemStore {
 public:
  struct Held {
    KeptItem item;
    uint64_t version = 0;  // another one after every put
  };

  // The mirror outlives the store; null: there is none.
  explicit ItemStore(ItemMirror* mirror) : mirror_(mirror) {}

  // A put, note or drop. Refuses what makes no sense; what was held stays then.
  Result<void> take(Packet packet);
  // What came from the mirror at the start, which knows it already.
  void adopt(KeptItem item);
  // The engine is gone: puts that are not whole never will be.
  void forget_unfinished() { assembly_.forget(); }
  void drop_all();

  const std::map<std::string, Held, std::less<>>& items() const { return items_; }
  const Held* find(std::string_view key) const;

 private:
  void keep(KeptItem item);
  void note(const Packet& packet);
  void drop(std::string_view key);

  static constexpr size_t kItemsMax = 65536;
  ItemMirror* mirror_;
  ItemAssembly assembly_;
  std::map<std::string, Held, std::less<>> items_;
  uint64_t version_ = 0;
};

}  // namespace laneway
