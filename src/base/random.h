#pragma once
// Random numbers: Random is a small seeded generator (xoshiro256**) for jitter and for simulations that must repeat;
// fill_secret draws from the kernel for challenges and nonces. Random: one thread an object; fill_secret: any thread.

#include <cstdint>

#include "base/bytes.h"

namespace laneway {

class Random {
 public:
  explicit Random(uint64_t seed);

  uint64_t next();
  // Uniform in [0, bound); bound > 0.
  uint64_t below(uint64_t bound);
  // True with probability one in `n`.
  bool one_in(uint64_t n) { return below(n) == 0; }

 private:
  uint64_t state_[4];
};

// Fills the span with the kernel's random bytes.
void fill_secret(ByteSpan out);

}  // namespace laneway
