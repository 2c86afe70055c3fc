#pragma once
// Workload decides what one queue asks for next: read or write, and which block. In verify mode it never has two
// requests on one block at a time, reads only what the run has written, and can go through all of that once more at the
// end. One owner (a queue runner), one thread.

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "loadgen/block_ledger.h"

namespace laneway {

class Workload {
 public:
  struct Options {
    uint64_t block_bytes = 4096;
    uint64_t first_block = 0;
    uint64_t block_count = 1;
    uint32_t read_percent = 100;
    bool is_sequential = false;
    uint64_t seed = 1;
    uint64_t verify_run = 0;  // not 0: verify, with this run's number
  };
  struct Pick {
    bool is_write = false;
    uint64_t block = 0;
  };

  explicit Workload(const Options& options);

  // The next request; nothing where every block that it tried has one in flight, or where reading back has come to the
  // end.
  std::optional<Pick> pick();
  // From here on pick() reads every block of known content once.
  void begin_reading_back();
  bool has_read_all_back() const { return is_reading_back_ && cursor_ == options_.block_count; }

  BlockLedger* ledger() { return ledger_ ? &*ledger_ : nullptr; }

 private:
  uint64_t next_block(uint64_t chance);
  std::optional<Pick> pick_verified();
  std::optional<Pick> pick_to_read_back();

  const Options options_;
  std::optional<BlockLedger> ledger_;
  Random random_;
  uint64_t cursor_ = 0;
  bool is_reading_back_ = false;
};

}  // namespace laneway
