#include "loadgen/load_options.h"

#include <bit>

#include "loadgen/cpu_pin.h"

namespace laneway {

namespace {

Result<void> check_shape(const LoadOptions& options) {
  if (options.block_bytes == 0 || options.block_bytes % 512 != 0 || options.block_bytes > LoadOptions::kBlockBytesMax) {
    return fail(ErrorCode::invalid_argument, "the block size {} is no multiple of 512 up to 64 MiB",
                options.block_bytes);
  }
  if (options.segment_bytes % 512 != 0) {
    return fail(ErrorCode::invalid_argument, "the segment size {} is no multiple of 512", options.segment_bytes);
  }
  if (options.offset_bytes % options.block_bytes != 0) {
    return fail(ErrorCode::invalid_argument, "the offset {} is no multiple of the block size {}", options.offset_bytes,
                options.block_bytes);
  }
  if (options.memory_bytes > LoadOptions::kMemoryBytesMax) {
    return fail(ErrorCode::invalid_argument, "{} bytes of guest memory: give at most {} GiB", options.memory_bytes,
                LoadOptions::kMemoryBytesMax / kGiB);
  }
  if (options.read_percent > 100) {
    return fail(ErrorCode::invalid_argument, "{} percent reads: give 0 to 100", options.read_percent);
  }
  return {};
}

Result<void> check_client(const LoadOptions& options) {
  if (options.depth == 0 || options.depth > LoadOptions::kDepthMax) {
    return fail(ErrorCode::invalid_argument, "the depth {} is not in 1..{}", options.depth, LoadOptions::kDepthMax);
  }
  if (options.queues == 0 || options.queues > LoadOptions::kQueuesMax) {
    return fail(ErrorCode::invalid_argument, "{} queues: give 1 to {}", options.queues, LoadOptions::kQueuesMax);
  }
  if (!std::has_single_bit(options.queue_size) || options.queue_size < 4 || options.queue_size > 32768) {
    return fail(ErrorCode::invalid_argument, "the queue size {} is no power of two in 4..32768", options.queue_size);
  }
  if (options.threads == 0 || options.threads > options.queues * options.sockets.size()) {
    return fail(ErrorCode::invalid_argument, "{} threads for {} queues in all: give 1 to {}", options.threads,
                options.queues * options.sockets.size(), options.queues * options.sockets.size());
  }
  for (const int cpu : options.cpus) {
    if (!may_run_on(cpu)) return fail(ErrorCode::invalid_argument, "there is no CPU {} for this process", cpu);
  }
  if (options.run_ns == 0) return fail(ErrorCode::invalid_argument, "the run time is 0");
  return {};
}

}  // namespace

Result<void> LoadOptions::check() const {
  if (sockets.empty()) return fail(ErrorCode::invalid_argument, "no socket given: name at least one vhost-user socket");
  if (auto shape = check_shape(*this); !shape) return shape;
  if (auto client = check_client(*this); !client) return client;
  if (writes() && !may_overwrite) {
    return fail(ErrorCode::invalid_argument,
                "this load writes over what is on the disk: add --overwrite if that is meant, or read only");
  }
  return {};
}

}  // namespace laneway
