#pragma once
// An engine's first words with its keeper: it says hello and is given what earlier engines left, before it serves
// anything. Blocking; main's thread at the engine's start. Afterwards the socket belongs to the engine's KeeperLink.

#include <map>
#include <string>
#include <vector>

#include "keeper/item.h"
#include "keeper/packet_message.h"

namespace laneway {

// What a keeper gives an engine that starts.
struct Inheritance {
  bool is_careful = false;
  std::vector<std::string> quarantined;  // keys
  std::map<std::string, KeptItem, std::less<>> items;
  uint64_t idle_since_ns = 0;  // monotonic; nothing is served since then. 0: nothing ever was
};

class KeeperClient {
 public:
  // Connects and says hello; ErrorCode::unreachable where no keeper listens.
  static Result<KeeperClient> connect(const std::string& socket_path, std::string_view engine_version);

  // Until the items' end. An engine that ends instead, and says nothing, leaves everything as it was.
  Result<Inheritance> receive();

  // A successor checks whether it could serve while another engine still does; what it received then is a copy.
  bool is_successor() const { return is_successor_; }
  // Says so, waits until it is to serve, and receives anew.
  Result<Inheritance> succeed();

  int socket() const { return socket_.get(); }
  UniqueFd release() { return std::move(socket_); }
  // For the connection to a later keeper: a confined engine cannot make one.
  UniqueFd release_spare() { return std::move(spare_); }

 private:
  explicit KeeperClient(UniqueFd socket) : socket_(std::move(socket)) {}
  Result<Packet> next();
  static Result<void> take(Packet packet, ItemAssembly& assembly, Inheritance& into);

  UniqueFd socket_;
  UniqueFd spare_;
  IncomingPacket incoming_;
  bool is_successor_ = false;
};

}  // namespace laneway
