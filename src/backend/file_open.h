#pragma once
// Opening a file or block device for a function: one descriptor, with O_DIRECT where that works, locked against
// everybody else, measured. What is learned here is fixed for the life of the FileDisk. Control threads only; it
// blocks.

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

struct FileDiskOptions {
  std::string path;
  uint64_t create_bytes = 0;  // not 0: the file must not exist and is made with this size
  uint32_t block_bytes = 512;
  bool is_read_only = false;
  // How long to wait for a holder that is just letting go: the kernel ends a dead engine's I/O in its own time.
  uint32_t lock_wait_ms = 500;
  bool wants_direct = true;  // false leaves O_DIRECT out, as for a file system that lacks it
};

struct OpenFile {
  UniqueFd fd;
  uint64_t capacity_bytes = 0;
  bool is_block_device = false;
  bool is_direct = false;
  uint32_t memory_alignment_bytes = 1;  // that O_DIRECT asks of addresses
  uint32_t length_alignment_bytes = 1;  // and of every segment's length
  uint32_t physical_block_bytes = 4096;
  uint32_t optimal_io_bytes = 0;
  uint32_t discard_alignment_bytes = 4096;
  bool can_punch = false;  // fallocate can deallocate ranges
};

// On failure nothing stays behind: a file made here is removed again.
Result<OpenFile> open_file(const FileDiskOptions& options);

// Ends the lock before the descriptor goes: the kernel may keep the description a little longer than the last
// operation. Only when no operation is under way.
void unlock_file(int fd);

// How large the open file or device is now.
Result<uint64_t> measure_file(const std::string& path, int fd, bool is_block_device);

}  // namespace laneway
