#pragma once
// GuestArena is the memory of the pretended guest: one memfd that is shared with the disk's server, mapped here and
// handed out piece by piece. One owner (a disk client), made before its threads run; the pieces stay valid as long as
// it lives.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "guest/guest_memory.h"

namespace laneway {

class GuestArena {
 public:
  struct Piece {
    GuestAddr guest_address{};
    UserAddr user_address{};
    ByteSpan bytes;
  };

  // Room for `size_bytes`, zeroed.
  static Result<GuestArena> create(uint64_t size_bytes);

  // The next `length_bytes` at a multiple of `alignment` (a power of two). The room must be there.
  Piece take(uint64_t length_bytes, uint64_t alignment);
  // What take() would have used up after `used_bytes`: for working out a size before it is created.
  static uint64_t room_for(uint64_t used_bytes, uint64_t length_bytes, uint64_t alignment);

  const GuestRegion& region() const { return memory_.region(0); }
  int fd() const { return memory_.region_fd(0); }

 private:
  GuestMemory memory_;
  uint64_t used_bytes_ = 0;
};

}  // namespace laneway
