#pragma once
// FrontEndChannel speaks the front-end's side of vhost-user on a connected socket, one message at a time and every wait
// with a limit: a server that is silent, closes or answers nonsense gives an error that names the socket and the
// message, never a hang. One owner (a disk client), one thread.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "vhost_user/message.h"

namespace laneway {

class FrontEndChannel {
 public:
  static constexpr uint32_t kPayloadBytesMax = 512;

  FrontEndChannel(UniqueFd socket, std::string name, uint64_t answer_limit_ns)
      : socket_(std::move(socket)), name_(std::move(name)), answer_limit_ns_(answer_limit_ns) {}
  // Connects to the socket at `path`.
  static Result<FrontEndChannel> connect(const std::string& path, uint64_t answer_limit_ns);

  int socket() const { return socket_.get(); }
  const std::string& name() const { return name_; }
  // From here on every message that has no answer of its own asks for an acknowledgement (REPLY_ACK).
  void ask_for_acknowledgements() { wants_acknowledgement_ = true; }

  // Sends a message that has no answer of its own; waits for the acknowledgement where those were agreed on.
  Result<void> tell(VhostUserRequest request, ByteView payload, std::span<const int> descriptors = {});
  Result<void> tell_number(VhostUserRequest request, uint64_t value) { return tell(request, bytes_of(value)); }
  // Sends a message and waits for its answer, which must be `length_bytes` long.
  Result<std::vector<uint8_t>> ask(VhostUserRequest request, ByteView payload, size_t length_bytes);
  Result<uint64_t> ask_number(VhostUserRequest request);
  // The descriptor that came with the last answer; none where there was none.
  UniqueFd take_descriptor() { return std::move(descriptor_); }

 private:
  Result<void> send(VhostUserRequest request, uint32_t flags, ByteView payload, std::span<const int> descriptors);
  Result<std::vector<uint8_t>> receive(VhostUserRequest request);
  ssize_t receive_some(ByteSpan out);
  Result<void> receive_exactly(VhostUserRequest request, ByteSpan out, uint64_t deadline_ns);
  Result<void> wait_for(VhostUserRequest request, short events, uint64_t deadline_ns);

  UniqueFd socket_;
  std::string name_;
  uint64_t answer_limit_ns_;
  bool wants_acknowledgement_ = false;
  UniqueFd descriptor_;  // of the last answer
};

}  // namespace laneway
