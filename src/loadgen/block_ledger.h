#pragma once
// BlockLedger remembers, in verify mode, how many times the run has written each block of a range and which blocks have
// a request in flight, and checks what reads bring back against it. One owner (a workload), one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/block_stamp.h"

namespace laneway {

class BlockLedger {
 public:
  static constexpr uint64_t kBlocksMax = uint64_t{64} << 20;  // 256 MiB of memory

  BlockLedger(uint64_t run, uint64_t block_bytes, uint64_t first_block, uint64_t block_count)
      : run_(run), block_bytes_(block_bytes), first_block_(first_block), entries_(block_count, 0) {}

  bool is_busy(uint64_t block) const { return (entry(block) & kBusy) != 0; }
  // False where its content is not known: never written by this run, or a write to it failed.
  bool is_known(uint64_t block) const { return (entry(block) & kSequence) != 0 && (entry(block) & kUnknown) == 0; }

  void begin_read(uint64_t block, ByteSpan data);
  // Fills `data` with the block's next stamp.
  void begin_write(uint64_t block, ByteSpan data);
  // What is wrong with what was read; empty where nothing is.
  std::string finish_read(uint64_t block, ByteView data);
  void finish_write(uint64_t block, bool is_ok);
  void finish_failed_read(uint64_t block) { entry(block) &= ~kBusy; }

 private:
  static constexpr uint32_t kBusy = 1u << 31;
  static constexpr uint32_t kUnknown = 1u << 30;  // a write failed: old or new
  static constexpr uint32_t kSequence = kUnknown - 1;

  uint32_t& entry(uint64_t block) { return entries_[block - first_block_]; }
  const uint32_t& entry(uint64_t block) const { return entries_[block - first_block_]; }
  BlockStamp stamp_of(uint64_t block) const { return {run_, block * block_bytes_, entry(block) & kSequence}; }

  uint64_t run_;
  uint64_t block_bytes_;
  uint64_t first_block_;
  std::vector<uint32_t> entries_;  // times written, and whether a request is in flight
};

}  // namespace laneway
