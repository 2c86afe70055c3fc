#include "budget/guest.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "frontend/vhost_blk_service.h"
#include "vhost_user/message.h"
#include "virtio/blk.h"

namespace laneway::budget {

namespace {

constexpr uint64_t kBlockBytes = 4 * kKiB;
constexpr uint64_t kStride = 7;  // blocks; so that neighbours in a batch are no neighbours on the disk

RingPlan plan_of(const Guest::Options& options) {
  RingPlan plan;
  plan.ring_size = 256;
  plan.slots = options.depth;
  plan.has_event_idx = true;
  plan.block_bytes = kBlockBytes;
  plan.segment_bytes = kBlockBytes;
  return plan;
}

GuestArena arena_of(const RingPlan& plan) {
  auto arena = GuestArena::create(plan.room_bytes());
  LW_ASSERT(arena.has_value());
  return std::move(*arena);
}

VhostBlkOptions function_options() {
  VhostBlkOptions options;
  options.name = "budget";
  options.queues = 1;
  return options;
}

UniqueFd event_descriptor() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  LW_ASSERT(static_cast<bool>(fd));
  return fd;
}

}  // namespace

Guest::Guest(const Options& options, ScriptKernel& kernel, Reactor& reactor, BlockDevice& disk)
    : options_(options),
      kernel_(kernel),
      arena_(arena_of(plan_of(options))),
      ring_(DriverRing::lay_out(plan_of(options), arena_)),
      pool_(reactor) {
  auto function = VhostBlkFunction::open(function_options(), event_descriptor(), disk, pool_);
  LW_ASSERT(function.has_value());
  function_ = std::move(*function);
  ring_.disarm_call();  // a polling driver
  const Result<void> attached = function_->service().restore({record(), 0});
  LW_ASSERT(attached.has_value());
}

DeviceRecord Guest::record() {
  DeviceRecord record;
  record.connection = event_descriptor();
  record.is_owned = true;
  record.has_features = true;
  record.features = virtio_feature::kVersion1 | virtio_feature::kEventIndex | virtio_feature::kIndirectDescriptors |
                    vhost_feature::kProtocolFeatures | blk_feature::kFlush;
  record.protocol_features = vhost_protocol::kConfig;
  record.regions.push_back({arena_.region(), UniqueFd(::fcntl(arena_.fd(), F_DUPFD_CLOEXEC, 0))});
  RingRecord ring;
  ring.size = ring_.plan().ring_size;
  ring.has_addresses = ring.is_started = ring.is_enabled = true;
  ring.descriptors = ring_.addresses().descriptors;
  ring.available = ring_.addresses().available;
  ring.used = ring_.addresses().used;
  ring.kick = event_descriptor();
  ring.call = event_descriptor();
  record.rings.push_back(std::move(ring));
  return record;
}

void Guest::submit_batch() {
  const uint64_t blocks = options_.disk_bytes / kBlockBytes;
  for (uint16_t slot = 0; slot < options_.depth; ++slot) {
    next_block_ = (next_block_ + kStride) % blocks;
    ring_.submit(slot, options_.is_write, next_block_ * (kBlockBytes / kBlkSectorBytes));
  }
  if (ring_.publish()) kernel_.kick();
}

void Guest::take_finished() {
  if (!ring_.has_used()) return;
  const bool is_sound =
      ring_.reap([this](uint16_t /*slot*/, uint8_t status) { failed_ += status == DriverRing::kStatusOk ? 0 : 1; });
  LW_ASSERT(is_sound);
}

}  // namespace laneway::budget
