#pragma once
// KeeperShelf keeps what does not change while it is kept: listening sockets, memory disks' files. It holds a duplicate
// of each descriptor, so that a keeper that starts late can be given it. Owned by the engine. Control threads, any
// number at once.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/keeper_link.h"

namespace laneway {

class KeeperShelf {
 public:
  explicit KeeperShelf(KeeperLink& link);
  // What is kept stays with the keeper.
  ~KeeperShelf();
  KeeperShelf(const KeeperShelf&) = delete;
  KeeperShelf& operator=(const KeeperShelf&) = delete;

  // In place of what was kept under the key before. Returns when it is in the keeper's hands, or none is there.
  void keep(const std::string& key, std::vector<uint8_t> bytes, std::vector<UniqueFd> descriptors);
  // Returns when the keeper was told.
  void drop(const std::string& key);

 private:
  class Piece;

  // Fixed after construction
  KeeperLink& link_;

  // Any thread, under mutex_
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Piece>, std::less<>> pieces_;
};

}  // namespace laneway
