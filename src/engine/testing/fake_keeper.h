#pragma once
// FakeKeeper is the keeper's end of an engine's link, played by a test: it accepts, takes packets as they come and says
// what it is told to. One test's thread.

#include <memory>
#include <string>

#include "keeper/item_store.h"
#include "keeper/keeper_socket.h"
#include "keeper/packet_message.h"

namespace laneway {

class FakeKeeper {
 public:
  // Listens at the path, in place of one that ended.
  explicit FakeKeeper(const std::string& path);

  // The engine's next connection.
  void accept();
  void hang_up() { connection_.reset(); }
  void stop_listening() { listener_ = KeeperListener(); }
  // Waits for a packet; one of kind 0 where the connection ended.
  Packet next();
  // Takes packets into the store until one of this kind, which is given back, or the end.
  Packet store_until(PacketKind kind);
  void say(const PacketView& packet);

  int connection() const { return connection_.get(); }
  ItemStore& store() { return store_; }

 private:
  KeeperListener listener_;
  UniqueFd connection_;
  IncomingPacket incoming_;
  ItemStore store_{nullptr};
};

}  // namespace laneway
