#pragma once
// walk_chain follows one descriptor chain in guest memory: every descriptor is copied once, checked, and resolved to
// segments of our own memory map. At most the table's size, then an indirect table's size (at most 1024), steps. Home
// reactor only.

#include "guest/guest_memory.h"
#include "virtio/chain.h"
#include "virtio/vring_layout.h"

namespace laneway {

struct ChainWalk {
  const GuestMemory& memory;
  const DescriptorTable& table;
  bool has_indirect = false;  // the driver negotiated INDIRECT_DESC
};

// `head` < table.count(). On a fault the segments are worthless.
RingFault walk_chain(const ChainWalk& walk, uint16_t head, ChainSegments& out);

}  // namespace laneway
