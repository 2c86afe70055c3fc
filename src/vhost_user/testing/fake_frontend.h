#pragma once
// FakeFrontend speaks the front-end's side of vhost-user without sockets: it makes messages (bytes and descriptors) and
// reads answers. Tests send them over a socketpair (fake_socket.h), fuzzers and the simulator over whatever they have.
// One thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "guest/guest_memory.h"

namespace laneway {

// One vhost-user message on its way: encoded header and payload, and the descriptors that travel with it.
struct FakeMessage {
  std::vector<uint8_t> bytes;
  std::vector<UniqueFd> descriptors;

  uint32_t request() const { return load_le<uint32_t>(bytes, 0); }
  uint32_t flags() const { return load_le<uint32_t>(bytes, 4); }
  ByteView payload() const { return ByteView(bytes).subspan(12); }
  uint64_t number() const { return load_le<uint64_t>(payload(), 0); }  // of answers that are one u64
};

struct FakeRingAddresses {
  uint32_t flags = 0;
  UserAddr descriptors{};
  UserAddr available{};
  UserAddr used{};
};

class FakeFrontend {
 public:
  static constexpr uint32_t kNeedReply = 8;

  // Plain messages: a request with any payload.
  static FakeMessage message(uint32_t request, ByteView payload = {}, uint32_t flags = 0);
  static FakeMessage number(uint32_t request, uint64_t value, uint32_t flags = 0);

  static FakeMessage get_features();
  static FakeMessage set_features(uint64_t features);
  static FakeMessage set_owner();
  static FakeMessage get_protocol_features();
  static FakeMessage set_protocol_features(uint64_t features);
  static FakeMessage get_queue_num();
  static FakeMessage set_mem_table(const std::vector<GuestRegion>& regions, std::vector<UniqueFd> fds,
                                   uint32_t flags = 0);
  static FakeMessage add_mem_reg(const GuestRegion& region, UniqueFd fd, uint32_t flags = 0);
  static FakeMessage rem_mem_reg(const GuestRegion& region, UniqueFd fd = {}, uint32_t flags = 0);
  static FakeMessage set_vring_num(uint32_t ring, uint32_t size);
  static FakeMessage set_vring_base(uint32_t ring, uint32_t base);
  static FakeMessage set_vring_addr(uint32_t ring, const FakeRingAddresses& addresses, uint32_t flags = 0);
  // Without a descriptor the message says so (bit 8).
  static FakeMessage set_vring_kick(uint32_t ring, UniqueFd fd);
  static FakeMessage set_vring_call(uint32_t ring, UniqueFd fd);
  static FakeMessage set_vring_err(uint32_t ring, UniqueFd fd);
  static FakeMessage set_vring_enable(uint32_t ring, bool is_enabled, uint32_t flags = 0);
  static FakeMessage get_vring_base(uint32_t ring);
  static FakeMessage get_config(uint32_t offset, uint32_t bytes);
  static FakeMessage set_config(uint32_t offset, ByteView bytes, uint32_t flags = 0);
  static FakeMessage get_inflight_fd(uint16_t queues, uint16_t queue_size);
  static FakeMessage set_inflight_fd(uint64_t mmap_bytes, uint64_t offset, uint16_t queues, uint16_t queue_size,
                                     UniqueFd fd);
  static FakeMessage set_backend_req_fd(UniqueFd fd);

  // Answers: bytes and descriptors as they come, in any pieces.
  void received(ByteView bytes, std::vector<UniqueFd> descriptors);
  std::optional<FakeMessage> take_answer();

 private:
  std::vector<uint8_t> partial_;
  std::vector<UniqueFd> partial_descriptors_;
  std::deque<FakeMessage> answers_;
};

}  // namespace laneway
