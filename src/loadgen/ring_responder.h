#pragma once
// RingResponder is the device's side of one ring at its barest: it takes every available request, lets a RequestSink
// answer it, and gives all back with one store of the used index. What the load generator measures against it is the
// load generator and the machine's memory. It trusts the ring, which is our own driver's. One thread at a time.

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "guest/guest_memory.h"
#include "virtio/blk.h"
#include "virtio/vring_layout.h"

namespace laneway {

// What becomes of a request.
struct Answer {
  enum class Fate : uint8_t {
    finish,   // with `status`
    hold,     // never answered
    hang_up,  // the server closes the connection
  };
  Fate fate = Fate::finish;
  uint8_t status = 0;
};

class RequestSink {
 public:
  virtual ~RequestSink() = default;
  // `data` lies in the guest's memory: filled in for a read, stored for a write.
  virtual Answer answer(const BlkHeaderWire& header, std::span<ByteSpan> data) = 0;
};

// Says yes and moves nothing.
class NullSink final : public RequestSink {
 public:
  Answer answer(const BlkHeaderWire&, std::span<ByteSpan>) override { return {}; }
};

class RingResponder {
 public:
  struct Ring {
    uint16_t size = 0;
    UserAddr descriptors{};
    UserAddr available{};
    UserAddr used{};
    bool has_event_idx = false;
  };

  // `memory` and `sink` must outlive it; the addresses must lie in the memory.
  RingResponder(const GuestMemory& memory, const Ring& ring, RequestSink& sink);

  // Answers what is available; the number of requests, less than 0 where the sink wants to hang up.
  int answer_all();
  // After answers: whether the driver wants to be called for them.
  bool wants_call();
  // Asks the driver for kicks; false where something is available already.
  bool arm_kick();
  void disarm_kick();
  uint16_t next_available() const { return next_available_; }

 private:
  Answer answer_one(uint16_t head);

  const GuestMemory& memory_;
  RequestSink& sink_;
  bool has_event_idx_;
  Vring ring_;
  std::vector<ByteSpan> parts_;  // of the request at hand: header, data, status
  uint16_t next_available_ = 0;
  uint16_t used_ = 0;
  uint16_t called_at_ = 0;
};

}  // namespace laneway
