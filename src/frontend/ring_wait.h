#pragma once
// RingWait says for how long the next chain of a ring may have waited there. A chain tells no time: it is known only
// when the lane looked. Where looks leave chains behind, a mark remembers since when. Owned by a ring; the reactor of
// its lane only.

#include <algorithm>
#include <cstdint>

namespace laneway {

class RingWait {
 public:
  // How long the next chain has waited at most since its lane could have taken it; 0 where the lane slept until now.
  uint64_t wait_ns(uint64_t now_ns) const {
    if (marked_ > 0) return now_ns - marked_ns_;
    return looked_ns_ == 0 ? 0 : now_ns - looked_ns_;
  }
  void looked(uint64_t now_ns) { looked_ns_ = now_ns; }
  // Before looked(), where chains were left behind or are marked: the look took and left so many.
  void mark(uint32_t taken, uint32_t left, uint64_t now_ns) {
    marked_ -= std::min(marked_, taken);
    if (marked_ > 0 || left == 0) return;
    // What was left behind came after the look before.
    marked_ns_ = looked_ns_ == 0 ? now_ns : looked_ns_;
    marked_ = left;
  }
  bool is_marked() const { return marked_ > 0; }
  // The guest will kick, and was not looked at for that long.
  void slept() {
    if (marked_ == 0) looked_ns_ = 0;
  }
  void forget() { *this = RingWait(); }

 private:
  uint64_t looked_ns_ = 0;  // 0: not, since it slept
  uint64_t marked_ns_ = 0;
  uint32_t marked_ = 0;  // chains that were there at the mark and are not taken yet
};

}  // namespace laneway
