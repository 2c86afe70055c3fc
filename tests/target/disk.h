#pragma once
// The medium of one LUN: bytes in memory, sparse, with a volatile write cache whose content a power cut may lose. Owned
// by its Lun, the FakeTarget's thread.

#include <cstdint>
#include <map>

#include "base/bytes.h"
#include "base/random.h"
#include "target/wire.h"

namespace laneway::fake {

// Hears what becomes of the medium. The disk's thread.
class DiskLog {
 public:
  // In the cache: a power cut may keep it or not. Whole blocks.
  virtual void landed(uint64_t offset_bytes, ByteView bytes) = 0;
  // What is there now is there for good.
  virtual void synced(uint64_t offset_bytes, uint64_t length_bytes) = 0;

 protected:
  ~DiskLog() = default;
};

class Disk {
 public:
  struct Options {
    uint64_t capacity_bytes = 0;
    uint32_t block_bytes = 512;
    bool loses_cache = false;
    bool lies_about_sync = false;
    bool is_large_paged = false;  // asks for huge pages, for benchmarks
  };

  explicit Disk(const Options& options);
  Disk(Disk&& other) noexcept;
  Disk& operator=(Disk&&) = delete;
  ~Disk();

  uint64_t capacity_bytes() const { return capacity_bytes_; }
  uint32_t block_bytes() const { return block_bytes_; }
  // Ranges must lie on the disk and on block boundaries.
  ByteView read(uint64_t offset_bytes, uint64_t length_bytes) const;
  void write(uint64_t offset_bytes, ByteView bytes, bool is_stable);
  void zero(uint64_t offset_bytes, uint64_t length_bytes);
  void sync(uint64_t offset_bytes, uint64_t length_bytes);
  void sync_all();
  // Loses a random part of what was written since it was last made stable.
  void cut_power(Random& random);
  // Blocks that a power cut may take back.
  size_t unstable_blocks() const { return before_.size(); }
  // At most reserved_bytes(); what lay beyond a smaller end comes back when it grows again.
  uint64_t reserved_bytes() const { return medium_.size(); }
  void resize(uint64_t capacity_bytes) { capacity_bytes_ = capacity_bytes; }

  // Null: nobody hears.
  void set_log(DiskLog* log) { log_ = log; }

  static constexpr uint64_t kCapacityMax = uint64_t{1} << 40;

 private:
  void remember(uint64_t offset_bytes, uint64_t length_bytes);
  void tell_landed(uint64_t offset_bytes, uint64_t length_bytes);

  uint64_t capacity_bytes_;
  uint32_t block_bytes_;
  bool loses_cache_;
  bool lies_about_sync_;
  ByteSpan medium_;                   // reserved address space, backed on first touch
  std::map<uint64_t, Bytes> before_;  // stable content of blocks that the cache holds newer, by offset
  DiskLog* log_ = nullptr;
};

}  // namespace laneway::fake
