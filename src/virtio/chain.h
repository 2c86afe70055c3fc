#pragma once
// Chain is the token for one descriptor chain that a device took from a ring and must give back: pushed as used, or
// abandoned. ChainSegments are the chain's buffers in our own memory map. A SplitQueue makes both. Home reactor only.

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace laneway {

class Chain {
 public:
  Chain() = default;
  Chain(Chain&& other) noexcept : head_(std::exchange(other.head_, kSpent)) {}
  Chain& operator=(Chain&& other) noexcept {
    LW_ASSERT(is_spent());
    head_ = std::exchange(other.head_, kSpent);
    return *this;
  }
  ~Chain() { LW_ASSERT(is_spent()); }

  bool is_spent() const { return head_ == kSpent; }
  uint16_t head() const { return static_cast<uint16_t>(head_); }

 private:
  friend class SplitQueue;
  static constexpr uint32_t kSpent = UINT32_MAX;
  explicit Chain(uint16_t head) : head_(head) {}
  uint16_t spend() { return static_cast<uint16_t>(std::exchange(head_, kSpent)); }

  uint32_t head_ = kSpent;
};

// The most descriptors that one chain may have, in its ring and in an indirect table.
inline constexpr uint32_t kChainDescriptorsMax = 1024;

// Buffers that the device reads come first, then those that it writes. Neighbours in memory are one segment, and a
// buffer over the border of two regions is two.
struct ChainSegments {
  static constexpr uint32_t kMax = kChainDescriptorsMax + 64;

  uint32_t readable_count = 0;
  uint32_t count = 0;
  uint64_t readable_bytes = 0;
  uint64_t writable_bytes = 0;
  std::array<iovec, kMax> list;  // the first `count` are valid

  // An empty list; the array is left as it was.
  ChainSegments() {}  // NOLINT: the array is deliberately not initialised, 17 KiB for nothing
  void clear() {
    readable_count = count = 0;
    readable_bytes = writable_bytes = 0;
  }
};

// What a guest did wrong with a ring. Anything but `none` stops its device.
enum class RingFault : uint8_t {
  none,
  bad_setup,             // a ring part outside memory, misaligned, or the in-flight record has too few entries
  available_index_jump,  // more chains available than the ring has entries
  head_out_of_range,
  head_in_flight,  // the same head again before its chain was used
  next_out_of_range,
  descriptor_cycle,  // more descriptors than the table has
  address_outside_memory,
  indirect_not_negotiated,
  indirect_nested,
  indirect_with_next,
  indirect_length,  // empty, no multiple of 16, or more than kChainDescriptorsMax descriptors
  readable_after_writable,
  too_many_segments,
  bad_inflight_record,  // found at take-over: more unfinished chains than the ring has entries
  no_header,            // the request has no complete header
  no_status,            // the request has no room for its status
};

// For log lines: "a descriptor index is out of range".
const char* describe(RingFault fault);

}  // namespace laneway
