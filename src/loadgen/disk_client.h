#pragma once
// DiskClient is one disk as a guest's driver sees it: it attaches to a vhost-user-blk socket, agrees on features,
// shares memory, lays out and starts the rings, and stops them at the end. The run owns it and uses it on the main
// thread; the rings are handed to queue runners.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "loadgen/disk_shape.h"
#include "loadgen/driver_ring.h"
#include "loadgen/front_end_channel.h"
#include "loadgen/guest_arena.h"
#include "loadgen/load_options.h"

namespace laneway {

class DiskClient {
 public:
  struct Ring {
    DriverRing ring;
    UniqueFd kick;
    UniqueFd call;
  };

  // Connects, negotiates, reads the config space. Refuses disks that the load does not fit.
  static Result<DiskClient> attach(const std::string& path, const LoadOptions& options);
  static Result<DiskClient> attach(FrontEndChannel channel, const LoadOptions& options);

  // Shares memory and starts all rings.
  Result<void> start();
  // Stops the rings; the server has let go of them when this returns without an error.
  Result<void> stop();

  const DiskShape& shape() const { return shape_; }
  const std::string& name() const { return channel_.name(); }
  int socket() const { return channel_.socket(); }
  uint64_t features() const { return features_; }
  uint64_t protocol_features() const { return protocol_features_; }
  bool has_inflight() const { return inflight_.get() >= 0; }
  uint64_t memory_bytes() const { return arena_ ? arena_->region().size_bytes : 0; }
  uint64_t attach_ns() const { return attach_ns_; }
  uint64_t share_ns() const { return share_ns_; }
  const RingPlan& plan() const { return plan_; }
  std::vector<Ring>& rings() { return rings_; }
  // The blocks that the load may use.
  uint64_t first_block() const { return options_.offset_bytes / options_.block_bytes; }
  uint64_t block_count() const { return block_count_; }

 private:
  DiskClient(FrontEndChannel channel, const LoadOptions& options) : channel_(std::move(channel)), options_(options) {}
  Result<void> negotiate();
  Result<void> agree_on_protocol();
  Result<void> read_config();
  Result<void> fit_load();
  Result<void> fit_range();
  Result<void> plan_rings();
  Result<void> share_memory();
  Result<void> share_inflight();
  Result<void> start_ring(uint32_t index);

  FrontEndChannel channel_;
  LoadOptions options_;
  uint64_t offered_ = 0;
  uint64_t features_ = 0;
  uint64_t protocol_features_ = 0;
  DiskShape shape_;
  uint64_t block_count_ = 0;
  RingPlan plan_;
  std::optional<GuestArena> arena_;
  UniqueFd inflight_;  // the in-flight region; the server writes it, a client that reconnects would hand it back
  uint64_t attach_ns_ = 0;
  uint64_t share_ns_ = 0;
  std::vector<Ring> rings_;
};

}  // namespace laneway
