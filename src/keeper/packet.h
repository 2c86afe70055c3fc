#pragma once
// Packet is what the keeper and an engine say to each other: one packet of a SOCK_SEQPACKET unix socket, whole or not
// at all, with descriptors where it carries some. An item that is larger than a packet goes in parts. Plain values and
// free functions; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace laneway {

constexpr uint32_t kKeeperProtocol = 1;
constexpr size_t kPacketBytesMax = 64 * 1024;
constexpr size_t kPacketDescriptorsMax = 250;  // the kernel allows 253
constexpr size_t kKeyBytesMax = 200;           // printable, without space and colon
constexpr size_t kItemBytesMax = 8 * 1024 * 1024;
constexpr size_t kItemDescriptorsMax = 8192;

// The numbers are the wire's: a later version adds some and changes none. Both ends skip what they do not know.
enum class PacketKind : uint16_t {
  // Engine to keeper
  hello = 1,         // number: kKeeperProtocol; bytes: the engine's version. It wants the items.
  hello_again = 2,   // the same, by an engine that serves already and holds everything itself
  put = 3,           // key, part of parts: an item in place of the former one, whose note it keeps
  note = 4,          // key, number
  drop = 5,          // key
  restoring = 6,     // key: this item is about to be used; none: it is in use
  served = 7,        // all items are in use
  ready = 8,         // a successor could serve
  upgrade = 9,       // number: of the answer; bytes: path of the program
  release = 10,      // key: no longer in quarantine
  handed_over = 12,  // no lock is held, nothing is served: a successor may begin while the process ends. Number:
                     // monotonic nanoseconds since when, or 0
  ask = 11,          // number: of the answer; bytes: a request of the broker

  // Keeper to engine
  welcome = 32,       // number: WelcomeFlag. Descriptor: an unconnected socket, for the connection to a later keeper
  quarantined = 33,   // key: its item is not to be used
  item = 34,          // as put; number: the note
  end_of_items = 35,  // number: monotonic nanoseconds since when nothing was served, 0: nothing ever was
  go = 36,            // a successor serves from now on: its items follow. Descriptor: its standard error
  hand_over = 37,     // end in an orderly way, leave everything to a successor
  answer = 38,        // number: of the request; bytes: encode_answer(); perhaps a descriptor
};

enum WelcomeFlag : uint64_t {
  kWelcomeCareful = 1,    // one item at a time, with `restoring` before each
  kWelcomeSuccessor = 2,  // check, say ready or end, and wait for `go`
};

// What is sent; refers to what its maker owns.
struct PacketView {
  PacketKind kind = PacketKind::hello;
  std::string_view key = {};
  uint64_t number = 0;
  uint16_t part = 0;
  uint16_t parts = 1;
  ByteView bytes = {};
  std::span<const int> descriptors = {};
};

// What was received.
struct Packet {
  PacketKind kind = PacketKind::hello;
  std::string key;
  uint64_t number = 0;
  uint16_t part = 0;
  uint16_t parts = 1;
  std::vector<uint8_t> bytes;
  std::vector<UniqueFd> descriptors;
};

bool is_key(std::string_view text);

// The packet's start, in front of `bytes`.
std::vector<uint8_t> encode_packet_head(const PacketView& packet);
// Foreign bytes are welcome; on failure the descriptors are closed.
Result<Packet> decode_packet(ByteView bytes, std::vector<UniqueFd> descriptors);

// An item as packets of `kind`: each carries a share of the bytes and of the descriptors.
uint16_t parts_of_item(size_t bytes, size_t descriptors);
PacketView part_of_item(const PacketView& whole, uint16_t part);

}  // namespace laneway
