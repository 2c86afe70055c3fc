#pragma once
// KeeperTies is all that ties an engine to its keeper: what earlier engines left there, the connection, and what this
// engine keeps in turn. KeeperStart is its beginning, before there are reactors. Owned by the engine; control threads,
// any number at once, but for what says otherwise.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/keeper_link.h"
#include "engine/keeper_shelf.h"
#include "engine/link_mark.h"
#include "keeper/engine_lock.h"
#include "keeper/keeper_client.h"

namespace laneway {

struct KeeperStart {
  // Says hello at the socket; nothing where no socket is named.
  static Result<std::optional<KeeperStart>> from(const std::string& socket_path, const char* version);
  // A successor could serve: waits until it is to.
  Result<void> succeed();
  // From here on this is the engine that serves; the file is opened before, as long as it may be.
  Result<void> open_lock(const std::string& socket_path);
  Result<void> take_lock() { return take_engine_lock(engine_lock); }

  KeeperClient client;
  Inheritance inheritance;
  UniqueFd engine_lock;
  std::string version;
};

// This version understands what was kept.
Result<void> check_kept_items(const Inheritance& inheritance);

class KeeperTies {
 public:
  KeeperTies(Reactor& control, KeeperStart start, const std::string& socket_path);

  KeeperLink& link() { return link_; }
  // Any thread but the control reactor's.
  KeeperLink::Holding holding();
  KeeperShelf& shelf() { return shelf_; }
  bool is_careful() const { return is_careful_; }
  // Everything is in use again. How long guests had to wait; 0 where nothing was served before.
  void served(uint64_t now_ns);
  uint64_t pause_ns() const { return pause_ns_.load(std::memory_order_relaxed); }
  bool is_quarantined(const std::string& key) const;

  // Everything is handed over: a successor may begin. Guests wait since then. Main's thread, at its end.
  void release(uint64_t since_ns);

  // What an earlier engine kept, once: the next call has nothing.
  std::optional<KeptItem> inherit(const std::string& key);
  std::vector<std::string> inherited_keys();
  // A listening socket that was kept for the path; none where there is none, or its file is gone.
  UniqueFd listener(const std::string& key, const std::string& path);
  void keep_listener(const std::string& key, const UniqueFd& listener);

 private:
  // Fixed after construction
  const bool is_careful_;
  const uint64_t idle_since_ns_;
  const std::vector<std::string> quarantined_;
  UniqueFd engine_lock_;
  KeeperLink link_;
  LinkMark mark_{link_};
  KeeperShelf shelf_{link_};

  // Any thread (atomic)
  std::atomic<uint64_t> pause_ns_{0};

  // Any thread, under mutex_
  std::mutex mutex_;
  std::map<std::string, KeptItem, std::less<>> inherited_;
};

}  // namespace laneway
