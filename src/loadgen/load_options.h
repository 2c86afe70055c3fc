#pragma once
// LoadOptions says what load to put on which disks and how the client behaves; the command line fills it in, run_load()
// takes it. check() refuses what makes no sense before anything is attached. Plain data; any thread.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace laneway {

// How a request's descriptors are laid out in the ring.
enum class ChainLayout : uint8_t {
  automatic,  // direct where the ring has room for all of them, else indirect
  direct,     // one ring entry a descriptor
  indirect,   // one ring entry a request, that points to a table of descriptors
};

struct LoadOptions {
  static constexpr uint32_t kDepthMax = 32768;
  static constexpr uint32_t kQueuesMax = 128;
  static constexpr uint64_t kBlockBytesMax = 64 * kMiB;
  static constexpr uint64_t kMemoryBytesMax = 64 * 1024 * kGiB;

  std::vector<std::string> sockets;  // vhost-user-blk sockets; all get the same load at once

  // What is read and written.
  uint64_t block_bytes = 4 * kKiB;
  uint64_t segment_bytes = 0;  // longest data descriptor; 0: as long as the block (or the disk's SIZE_MAX)
  uint32_t read_percent = 100;
  bool is_sequential = false;
  uint64_t offset_bytes = 0;   // where the used part of each disk begins
  uint64_t span_bytes = 0;     // and its length; 0: to the end
  bool is_verifying = false;   // write stamped blocks, check what is read, read everything back at the end
  bool may_overwrite = false;  // must be set where anything is written
  uint64_t seed = 1;

  // How it is asked.
  uint32_t depth = 32;        // requests in flight a queue
  uint32_t queues = 1;        // a disk
  uint32_t queue_size = 256;  // ring entries
  uint64_t memory_bytes = 0;  // shared with the disk, at least; 0: what the rings and buffers take
  ChainLayout layout = ChainLayout::automatic;
  bool wants_event_idx = true;
  bool wants_inflight = true;  // keep an in-flight region, as QEMU does
  bool is_idle = false;        // attach, start the rings and ask for nothing
  bool is_sleeping = false;    // wait for the call descriptor instead of polling the rings
  uint64_t rate_iops = 0;      // of all disks together; 0: as fast as the depth allows
  uint32_t threads = 1;
  std::vector<int> cpus;  // thread i runs on cpus[i % size]; empty: anywhere

  // How long.
  uint64_t run_ns = 10 * kSecond;
  uint64_t warm_up_ns = kSecond;
  uint64_t answer_limit_ns = 30 * kSecond;  // a disk that answers nothing for this long has failed

  pid_t server_pid = 0;  // whose CPU time to count; 0: the process that listens on the socket

  bool writes() const { return !is_idle && (is_verifying || read_percent < 100); }
  Result<void> check() const;
};

}  // namespace laneway
