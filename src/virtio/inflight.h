#pragma once
// InflightRegion is the shared memory that says which chains of a device's queues are unfinished (vhost-user, "Inflight
// I/O tracking"): a front-end's, so that it survives us, or the engine's own for front-ends that keep none. One record
// a queue (vring_layout.h), written by SplitQueue. Owned by the device. Home reactor only.

#include <cstdint>
#include <optional>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "guest/foreign_mapping.h"
#include "virtio/vring_layout.h"

namespace laneway {

class InflightRegion {
 public:
  static constexpr uint16_t kQueuesMax = 1024;
  static constexpr uint16_t kQueueSizeMax = 32768;

  InflightRegion() = default;
  InflightRegion(InflightRegion&& other) noexcept;
  InflightRegion& operator=(InflightRegion&& other) noexcept;

  // What a region for that many queues of that size takes.
  static uint64_t bytes_for(uint16_t queues, uint16_t queue_size);
  // A new memory file of that size, all zero, which nobody can shrink.
  static Result<UniqueFd> create_file(uint64_t bytes);
  // Maps a region of `fd`. Refuses one that is too small for the queues, or a file shorter than it claims.
  struct Place {
    uint64_t bytes = 0;
    uint64_t offset_bytes = 0;
    uint16_t queues = 0;
    uint16_t queue_size = 0;
  };
  static Result<InflightRegion> map(int fd, const Place& place);

  bool is_mapped() const { return base_ != nullptr; }
  // Its file became shorter while it was in use.
  bool is_lost() const { return mapping_.is_lost(); }
  uint16_t queues() const { return place_.queues; }
  // Nothing where there is no such queue.
  std::optional<InflightRecordView> record(uint16_t queue) const;

 private:
  InflightRegion(ForeignMapping mapping, uint8_t* base, const Place& place)
      : mapping_(std::move(mapping)), base_(base), place_(place) {}

  ForeignMapping mapping_;
  uint8_t* base_ = nullptr;
  Place place_;
};

}  // namespace laneway
