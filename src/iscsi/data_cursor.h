#pragma once
// DataCursor walks once, front to back, over the pieces of a task's memory: payload is copied in or out at it, or its
// pieces are lent to the kernel. Owned by a TaskSlot; home reactor only.

#include <sys/uio.h>

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace laneway::iscsi {

class DataCursor {
 public:
  void reset(std::span<const iovec> pieces) {
    pieces_ = pieces;
    position_bytes_ = 0;
    offset_ = 0;
  }

  uint32_t position_bytes() const { return position_bytes_; }

  // All three move on by the bytes they are given; the memory must be there (the submitter said so).
  void copy_in(ByteView bytes);
  void copy_out(ByteSpan bytes);
  void skip(size_t bytes);

  struct Lent {
    size_t pieces = 0;
    size_t bytes = 0;
  };
  // Fills `into` with pieces of the next `bytes_max` bytes, as far as they fit. Does not move on.
  Lent lend(size_t bytes_max, std::span<iovec> into) const;

 private:
  // The rest of the first piece that is not used up, at most `bytes_max`; moves on by it.
  ByteSpan take_run(size_t bytes_max);

  std::span<const iovec> pieces_;  // from the current one
  size_t offset_ = 0;              // in the current one
  uint32_t position_bytes_ = 0;
};

}  // namespace laneway::iscsi
