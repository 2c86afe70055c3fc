#pragma once
// VhostBlkOptions is what an operator sets for a virtio-blk function: plain data that the function copies when it is
// opened. Any thread.

#include <cstdint>
#include <string>

#include "base/units.h"

namespace laneway {

enum class CacheMode : uint8_t {
  writeback,     // writes may stay in a volatile cache until the guest flushes
  writethrough,  // every write is on stable storage when the guest sees it finished
};

// Which requests are traced (docs/where-did-my-io-go.md).
struct TraceOptions {
  uint64_t sample_interval_ns = kMillisecond;  // one request of a lane in that time; 0: none but the slow ones
  uint64_t slow_ns = 10 * kMillisecond;        // what takes as long is slow, however slow the function usually is
};

struct VhostBlkOptions {
  static constexpr uint32_t kQueuesMax = 128;
  static constexpr uint32_t kQueueSizeMax = 1024;
  static constexpr size_t kSerialBytesMax = 20;

  std::string name = {};    // in log lines
  std::string serial = {};  // what the guest's GET_ID request reads; at most 20 bytes
  uint32_t queues = 4;      // 1..128
  // A power of two, 4..1024: recommended to front-ends, and the base of SEG_MAX; other ring sizes work too.
  uint32_t queue_size_max = 256;
  bool is_read_only = false;  // also read-only where the disk is
  CacheMode cache = CacheMode::writeback;
  uint64_t deadline_ns = 180 * kSecond;  // a request without a result after this ends with an I/O error; kNever: never
  TraceOptions trace = {};
};

}  // namespace laneway
