#pragma once
// BlkSlot is one request of a guest on its way: the chain it came in, the request as back-ends see it, and where its
// status goes. Slots live in a RequestPool and are lent to one function at a time. Home reactor only.

#include <array>
#include <cstdint>

#include "block/block.h"
#include "virtio/chain.h"

namespace laneway {

class BlkRing;

// Longer segment lists than a slot has room for. Not initialised: a pool of them costs no memory until it is used.
template <uint32_t Count>
struct SegmentBlock {
  SegmentBlock() {}  // NOLINT: see above
  std::array<iovec, Count> list;
};
using MediumBlock = SegmentBlock<128>;
using LargeBlock = SegmentBlock<ChainSegments::kMax>;

struct BlkSlot : BlockRequest {
  static constexpr uint32_t kOwnSegments = 8;

  Chain chain;
  BlkRing* ring = nullptr;
  uint8_t* status = nullptr;   // in guest memory, which stays mapped while the request is in flight
  uint64_t ring_wait_ns = 0;   // of a sample
  uint32_t written_bytes = 0;  // the used length
  MediumBlock* medium = nullptr;
  LargeBlock* large = nullptr;
  std::array<iovec, kOwnSegments> own_segments;
};

}  // namespace laneway
