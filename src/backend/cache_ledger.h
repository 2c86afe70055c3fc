#pragma once
// CacheLedger knows whether a disk's volatile cache may hold writes that were answered and not flushed, and whether
// such writes may have been lost, which the next flush has to say. It belongs to the disk, not to a queue: front-ends
// come and go. Any thread.

#include <atomic>
#include <cstdint>

namespace laneway {

class CacheLedger {
 public:
  void note_write() { writes_.fetch_add(1, std::memory_order_relaxed); }
  // Taken before a flush is sent, given to note_flush() when it succeeded: what was written until then is safe.
  uint64_t writes() const { return writes_.load(std::memory_order_relaxed); }
  void note_flush(uint64_t writes_before) {
    uint64_t known = flushed_.load(std::memory_order_relaxed);
    while (known < writes_before && !flushed_.compare_exchange_weak(known, writes_before, std::memory_order_relaxed)) {
    }
  }
  // The cache may be empty now. True where writes may be lost that nobody knew of before.
  bool note_loss() {
    if (writes() == flushed_.load(std::memory_order_relaxed)) return false;
    return !is_lost_.exchange(true, std::memory_order_relaxed);
  }
  // True for one flush after a loss: it has to fail.
  bool take_loss() {
    return is_lost_.load(std::memory_order_relaxed) && is_lost_.exchange(false, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> flushed_{0};
  std::atomic<bool> is_lost_{false};
};

}  // namespace laneway
