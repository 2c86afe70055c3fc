#include "keeper/packet_message.h"

#include <cerrno>
#include <cstring>

namespace laneway {

void PacketControl::clear(msghdr& message) {
  message.msg_control = buffer_.bytes.data();
  message.msg_controllen = buffer_.bytes.size();
}

void PacketControl::put(msghdr& message, std::span<const int> descriptors) {
  LW_ASSERT(descriptors.size() <= kPacketDescriptorsMax);
  if (descriptors.empty()) return;
  message.msg_control = buffer_.bytes.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
}

Result<std::vector<UniqueFd>> PacketControl::take(msghdr& message) {
  std::vector<UniqueFd> out;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      out.emplace_back(fd);
    }
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return fail(ErrorCode::no_space, "no descriptors are left for a packet; raise the limit of open files");
  }
  return out;
}

void OutgoingPacket::load(const PacketView& packet) {
  head_ = encode_packet_head(packet);
  vectors_[0] = {head_.data(), head_.size()};
  vectors_[1] = {const_cast<uint8_t*>(packet.bytes.data()), packet.bytes.size()};
  message_ = {};
  message_.msg_iov = vectors_.data();
  message_.msg_iovlen = packet.bytes.empty() ? 1 : 2;
  control_.put(message_, packet.descriptors);
}

msghdr* IncomingPacket::prepare() {
  vector_ = {bytes_->data(), bytes_->size()};
  message_ = {};
  message_.msg_iov = &vector_;
  message_.msg_iovlen = 1;
  control_.clear(message_);
  return &message_;
}

Result<Packet> IncomingPacket::take(size_t length) {
  Result<std::vector<UniqueFd>> descriptors = PacketControl::take(message_);
  if (!descriptors) return pass_on(descriptors);
  return decode_packet(ByteView(bytes_->data(), length), std::move(*descriptors));
}

int send_packet(int socket, const PacketView& packet, int flags) {
  OutgoingPacket outgoing;
  outgoing.load(packet);
  ssize_t sent = -1;
  do {
    sent = ::sendmsg(socket, outgoing.message(), flags | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int send_item(int socket, const PacketView& whole, int flags) {
  const uint16_t parts = parts_of_item(whole.bytes.size(), whole.descriptors.size());
  for (uint16_t part = 0; part < parts; ++part) {
    if (const int outcome = send_packet(socket, part_of_item(whole, part), flags); outcome != 0) return outcome;
  }
  return 0;
}

Result<std::optional<Packet>> receive_packet(int socket, IncomingPacket& into, int flags) {
  ssize_t length = -1;
  do {
    length = ::recvmsg(socket, into.prepare(), flags | MSG_CMSG_CLOEXEC);
    // A peer that ended with something unread resets the connection: told once, before what it had sent is read.
  } while (length < 0 && (errno == EINTR || errno == ECONNRESET));
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return fail(ErrorCode::timed_out, "nothing was sent");
  if (length < 0) return fail(ErrorCode::io, "{}", errno_text(errno));
  if (length == 0) return std::optional<Packet>();
  Result<Packet> packet = into.take(static_cast<size_t>(length));
  if (!packet) return pass_on(packet);
  return std::optional<Packet>(std::move(*packet));
}

}  // namespace laneway
