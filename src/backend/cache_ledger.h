#pragma once
// CacheLedger knows whether a disk's volatile cache may hold writes that were answered and not flushed, whether such
// writes may have been lost, and whether the guest was told so by a flush that failed. It belongs to the disk, not to a
// queue: front-ends come and go. Any thread.

#include <atomic>
#include <cstdint>

namespace laneway {

class CacheLedger {
 public:
  // What a flush covers and what its guest could know, taken when it is accepted.
  struct FlushStart {
    uint64_t writes = 0;
    uint64_t losses_told = 0;
  };

  void note_write() { writes_.fetch_add(1, std::memory_order_relaxed); }
  // The cache may be empty now. True where writes may be lost that were not before.
  bool note_loss() {
    const uint64_t writes = writes_.load(std::memory_order_relaxed);
    if (writes == flushed_.load(std::memory_order_relaxed)) return false;
    raise(writes_at_loss_, writes);
    losses_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  bool has_unflushed() const {
    return writes_.load(std::memory_order_relaxed) != flushed_.load(std::memory_order_relaxed);
  }

  uint64_t losses_told() const { return losses_told_.load(std::memory_order_relaxed); }
  FlushStart begin_flush() const {
    return {writes_.load(std::memory_order_relaxed), losses_told_.load(std::memory_order_relaxed)};
  }
  // True where writes were lost that this flush's guest had not been told of when it asked: the flush has to fail, and
  // so has every other one that was under way by then.
  bool must_fail(const FlushStart& flush) const { return losses_.load(std::memory_order_relaxed) > flush.losses_told; }
  // The flush fails for that reason: flushes accepted from now on may succeed.
  void tell_loss() {
    const uint64_t losses = losses_.load(std::memory_order_relaxed);
    raise(flushed_, writes_at_loss_.load(std::memory_order_relaxed));
    raise(losses_told_, losses);
  }
  // The flush succeeded: what it covers is safe.
  void note_flush(const FlushStart& flush) { raise(flushed_, flush.writes); }

 private:
  static void raise(std::atomic<uint64_t>& number, uint64_t to) {
    uint64_t known = number.load(std::memory_order_relaxed);
    while (known < to && !number.compare_exchange_weak(known, to, std::memory_order_relaxed)) {
    }
  }

  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> flushed_{0};
  std::atomic<uint64_t> writes_at_loss_{0};
  std::atomic<uint64_t> losses_{0};
  std::atomic<uint64_t> losses_told_{0};
};

}  // namespace laneway
