#pragma once
// A packet as a msghdr: OutgoingPacket and IncomingPacket hold the buffers that the kernel reads and writes, so that a
// packet can also be under way asynchronously. send_packet() and receive_packet() do it at once. Each object: one
// thread, and still until its operation has ended.

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <memory>
#include <optional>

#include "keeper/packet.h"

namespace laneway {

class PacketControl {
 public:
  void clear(msghdr& message);
  void put(msghdr& message, std::span<const int> descriptors);
  static Result<std::vector<UniqueFd>> take(msghdr& message);

 private:
  static constexpr size_t kBytes = CMSG_SPACE((kPacketDescriptorsMax + 3) * sizeof(int));
  struct alignas(cmsghdr) Buffer {
    std::array<uint8_t, kBytes> bytes;
  };
  Buffer buffer_{};
};

class OutgoingPacket {
 public:
  // Copies the head and the list of descriptors; the bytes are not copied.
  void load(const PacketView& packet);
  const msghdr* message() const { return &message_; }

 private:
  std::vector<uint8_t> head_;
  std::array<iovec, 2> vectors_{};
  PacketControl control_;
  msghdr message_{};
};

class IncomingPacket {
 public:
  // For the next receive, with MSG_CMSG_CLOEXEC.
  msghdr* prepare();
  // Of `length` bytes that were received into it; takes the descriptors.
  Result<Packet> take(size_t length);

 private:
  std::unique_ptr<std::array<uint8_t, kPacketBytesMax + 1>> bytes_ =
      std::make_unique<std::array<uint8_t, kPacketBytesMax + 1>>();
  iovec vector_{};
  PacketControl control_;
  msghdr message_{};
};

// 0, or a negated errno.
int send_packet(int socket, const PacketView& packet, int flags);
// All parts of an item; blocks where the socket does.
int send_item(int socket, const PacketView& whole, int flags);
// Nothing at the connection's end; ErrorCode::timed_out where nothing is there (MSG_DONTWAIT, SO_RCVTIMEO).
Result<std::optional<Packet>> receive_packet(int socket, IncomingPacket& into, int flags);

}  // namespace laneway
