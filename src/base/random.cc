#include "base/random.h"

#include <sys/random.h>

namespace laneway {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t rotate_left(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

// SplitMix64 spreads one seed over the whole state, so that near seeds give unrelated sequences.
uint64_t split_mix(uint64_t& seed) {
  seed += 0x9e3779b97f4a7c15u;
  uint64_t mixed = seed;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
  return mixed ^ mixed >> 31;
}

}  // namespace

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) word = split_mix(seed);
}

uint64_t Random::next() {
  const uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const uint64_t carried = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= carried;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

uint64_t Random::below(uint64_t bound) {
  LW_ASSERT(bound > 0);
  // The high half of a 128-bit product is uniform enough for bounds far below 2^64.
  return static_cast<uint64_t>(static_cast<Wide>(next()) * bound >> 64);
}

void fill_secret(ByteSpan out) {
  size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = getrandom(out.data() + filled, out.size() - filled, 0);
    // getrandom fails only by interruption once the kernel's pool is seeded.
    if (got > 0) filled += static_cast<size_t>(got);
  }
}

}  // namespace laneway
