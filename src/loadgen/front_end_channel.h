#pragma once
// FrontEndChannel speaks the front-end's side of vhost-user on a connected socket, one message at a time and every wait
// with a limit: a server that is silent, closes or answers nonsense gives an error that names the socket and the
// message, never a hang. One owner (a disk client), one thread.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace laneway {

// Numbers of vhost-user's front-end requests (QEMU docs/interop/vhost-user.rst).
enum class FrontEndRequest : uint32_t {
  get_features = 1,
  set_features = 2,
  set_owner = 3,
  set_mem_table = 5,
  set_vring_num = 8,
  set_vring_addr = 9,
  set_vring_base = 10,
  get_vring_base = 11,
  set_vring_kick = 12,
  set_vring_call = 13,
  get_protocol_features = 15,
  set_protocol_features = 16,
  get_queue_num = 17,
  set_vring_enable = 18,
  get_config = 24,
};

const char* request_name(FrontEndRequest request);

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
  Result<void> tell(FrontEndRequest request, ByteView payload, std::span<const int> descriptors = {});
  Result<void> tell_number(FrontEndRequest request, uint64_t value) { return tell(request, bytes_of(value)); }
  // Sends a message and waits for its answer, which must be `length_bytes` long.
  Result<std::vector<uint8_t>> ask(FrontEndRequest request, ByteView payload, size_t length_bytes);
  Result<uint64_t> ask_number(FrontEndRequest request);

 private:
  Result<void> send(FrontEndRequest request, uint32_t flags, ByteView payload, std::span<const int> descriptors);
  Result<std::vector<uint8_t>> receive(FrontEndRequest request);
  Result<void> receive_exactly(FrontEndRequest request, ByteSpan out, uint64_t deadline_ns);
  Result<void> wait_for(FrontEndRequest request, short events, uint64_t deadline_ns);

  UniqueFd socket_;
  std::string name_;
  uint64_t answer_limit_ns_;
  bool wants_acknowledgement_ = false;
};

}  // namespace laneway
