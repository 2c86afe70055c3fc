#pragma once
// What a request moves, for those who divide time and bandwidth among requests (turns in frontend/, limits in qos/).
// Free functions. Any thread.

#include <cstdint>

#include "block/block.h"

namespace laneway {

// A discard names a range but moves nothing, and a flush has none.
constexpr uint64_t bytes_moved(BlockOp op, uint64_t length_bytes) {
  return op == BlockOp::flush || op == BlockOp::discard ? 0 : length_bytes;
}

}  // namespace laneway
