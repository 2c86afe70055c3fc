#pragma once
// EngineSession is the keeper's side of one engine: its process, its connection once it has made one, and what is on
// its way to it. Sends without blocking: what the socket does not take waits here. Owned by the keeper; its thread.

#include <deque>
#include <memory>
#include <optional>

#include "keeper/engine_process.h"
#include "keeper/item_store.h"
#include "keeper/packet_message.h"

namespace laneway {

class EngineSession {
 public:
  explicit EngineSession(std::unique_ptr<EngineProcess> process) : process_(std::move(process)) {}

  EngineProcess& process() { return *process_; }
  int connection() const { return connection_ ? connection_.get() : -1; }
  // A connection of the process, in place of one that it had before.
  void attach(UniqueFd connection);
  void detach();

  // Sent in this order. The items are read from the store as the socket takes them.
  void post(const PacketView& packet);
  void post_items();
  bool has_unsent() const { return !outbox_.empty(); }
  // As much as the socket takes. On failure the connection is of no use.
  Result<void> flush(const ItemStore& items);

  // The next packet that is there; nothing where none is. ErrorCode::unreachable at the connection's end.
  Result<std::optional<Packet>> receive();

  // The keeper's notes about it
  bool has_served = false;
  bool is_handing_over = false;
  bool has_handed_over = false;
  uint64_t patience_until_ns = 0;  // then it is killed; 0: never

 private:
  struct Letter {
    PacketKind kind;
    std::string key;
    uint64_t number;
    uint16_t part;
    uint16_t parts;
    std::vector<uint8_t> bytes;
    std::vector<UniqueFd> descriptors;
    bool is_all_items = false;
  };
  // Where in the items the feeding is.
  struct Feed {
    std::string key;  // of the next item, or of the first behind it
    uint64_t version = 0;
    uint16_t part = 0;
  };
  // 1: sent, 0: no room, else a negated errno.
  int send_front(const ItemStore& items);
  int feed_items(const ItemStore& items);

  const std::unique_ptr<EngineProcess> process_;
  UniqueFd connection_;
  IncomingPacket incoming_;
  std::deque<Letter> outbox_;
  Feed feed_;
};

}  // namespace laneway
