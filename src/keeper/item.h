#pragma once
// An item is what the keeper holds for an engine: a key, bytes, descriptors and one number, its note. ItemAssembly puts
// together the parts that items come in; an item counts when it is whole. Plain values; any thread, one at a time.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keeper/packet.h"

namespace laneway {

struct KeptItem {
  std::string key;
  uint64_t note = 0;
  std::vector<uint8_t> bytes;
  std::vector<UniqueFd> descriptors;
};

// The numbers of the descriptors, which the item still owns.
std::vector<int> descriptors_of(const KeptItem& item);

class ItemAssembly {
 public:
  // The item, where this was its last part; its note is the packet's number. A first part begins it anew. Refuses parts
  // out of order and items beyond the limits; the item is gone then.
  Result<std::optional<KeptItem>> take(Packet packet);
  // What is not whole.
  void forget() { unfinished_.clear(); }

 private:
  struct Unfinished {
    KeptItem item;
    uint16_t parts = 0;
    uint16_t next = 0;
  };
  static Result<void> add(Unfinished& to, Packet& packet);

  static constexpr size_t kUnfinishedMax = 4096;
  std::map<std::string, Unfinished, std::less<>> unfinished_;
};

}  // namespace laneway
