#pragma once
// KeeperTies is all that ties an engine to its keeper: what earlier engines left there, the connection, and what this
// engine keeps in turn. KeeperStart is its beginning, before there are reactors. Owned by the engine; control threads,
// any number at once, but for what says otherwise.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/keeper_link.h"
#include "engine/keeper_shelf.h"
#include "keeper/keeper_client.h"

namespace laneway {

struct KeeperStart {
  // Says hello at the socket, and takes the engine lock; nothing where no socket is named.
  static Result<std::optional<KeeperStart>> from(const std::string& socket_path, const char* version);

  KeeperClient client;
  Inheritance inheritance;
  UniqueFd engine_lock;
  std::string version;
};

class KeeperTies {
 public:
  KeeperTies(Reactor& control, KeeperStart start, const std::string& socket_path);

  KeeperLink& link() { return link_; }
  KeeperShelf& shelf() { return shelf_; }
  bool is_careful() const { return is_careful_; }
  uint64_t idle_since_ns() const { return idle_since_ns_; }
  bool is_quarantined(const std::string& key) const;

  // What an earlier engine kept, once: the next call has nothing.
  std::optional<KeptItem> inherit(const std::string& key);
  // A listening socket that was kept for the path; none where there is none, or its file is gone.
  UniqueFd listener(const std::string& key, const std::string& path);
  void keep_listener(const std::string& key, const UniqueFd& listener);

 private:
  // Fixed after construction
  const bool is_careful_;
  const uint64_t idle_since_ns_;
  const std::vector<std::string> quarantined_;
  const UniqueFd engine_lock_;
  KeeperLink link_;
  KeeperShelf shelf_{link_};

  // Any thread, under mutex_
  std::mutex mutex_;
  std::map<std::string, KeptItem, std::less<>> inherited_;
};

}  // namespace laneway
