#include "engine/engine_parts.h"

#include "backend/file_disk.h"
#include "backend/iscsi_device.h"
#include "backend/iscsi_probe.h"
#include "backend/memory_disk.h"
#include "backend/null_disk.h"
#include "engine/iscsi_access.h"
#include "engine/sentence.h"
#include "qos/throttled_device.h"

namespace laneway {

namespace {

class VhostBlkFrontEnd final : public FrontEnd {
 public:
  VhostBlkFrontEnd(ReactorPool& reactors, uint32_t reactor_index, BlockDevice& disk, Throttle& throttle)
      : reactors_(reactors), reactor_index_(reactor_index), throttled_disk_(disk, throttle) {}
  ~VhostBlkFrontEnd() override {
    if (function_ != nullptr) function_->close();
    function_.reset();
    reactors_.leave(reactor_index_);
  }

  Result<void> open(const VhostBlkOptions& options, UniqueFd listener) {
    Result<std::unique_ptr<VhostBlkFunction>> opened =
        VhostBlkFunction::open(options, std::move(listener), throttled_disk_, reactors_.requests(reactor_index_));
    if (!opened) return pass_on(opened);
    function_ = std::move(*opened);
    return {};
  }

  uint32_t reactor_index() const override { return reactor_index_; }
  bool is_attached() const override { return function_->is_attached(); }
  FunctionStatsSnapshot stats() const override { return function_->stats(); }
  VhostBlkConnection connection() override { return function_->connection(); }

 private:
  // Fixed after construction
  ReactorPool& reactors_;
  const uint32_t reactor_index_;
  ThrottledDevice throttled_disk_;
  std::unique_ptr<VhostBlkFunction> function_;
};

// A disk of a concrete type as what the table knows.
template <typename Disk>
Result<OpenDisk> as_open(Result<std::unique_ptr<Disk>> disk) {
  if (!disk) return pass_on(disk);
  return OpenDisk{std::nullopt, std::move(*disk)};
}

}  // namespace

Result<OpenDisk> EngineParts::open_disk(FunctionSpec& spec, DiskOpening opening) {
  switch (spec.disk) {
    case DiskKind::memory:
      return as_open(MemoryDisk::open({spec.capacity_bytes, spec.block_bytes, spec.is_read_only}));
    case DiskKind::null:
      return as_open(NullDisk::open({spec.capacity_bytes, spec.block_bytes, spec.is_read_only}));
    case DiskKind::file:
      return as_open(FileDisk::open({.path = spec.path,
                                     .create_bytes = spec.capacity_bytes,
                                     .block_bytes = spec.block_bytes,
                                     .is_read_only = spec.is_read_only}));
    case DiskKind::iscsi:
      return open_iscsi(spec, opening);
  }
  return fail(ErrorCode::internal, "There is no such kind of disk.");
}

Result<OpenDisk> EngineParts::open_iscsi(FunctionSpec& spec, DiskOpening opening) {
  Result<TargetUse> use = targets_.use(spec.target);
  if (!use) return pass_on(use);
  IscsiTarget& target = use->target();
  // At start-up a name without an address is looked up again later (TargetTable::look_after).
  Result<void> resolved = target.resolve();
  const bool must_answer = opening == DiskOpening::create || !spec.lun_facts;
  if (!resolved && must_answer) return pass_on(resolved);
  Reactor& prober = reactors_.reactor(0);
  if (must_answer) {
    Result<LunFacts> facts =
        probe_lun(prober, target, static_cast<uint32_t>(spec.lun), probe_timeout_ns(target.settings()));
    if (!facts) {
      return fail(facts.error().code, "target '{}': {}", spec.target,
                  with_remedy(facts.error().message, "check that the target runs"));
    }
    spec.lun_facts = std::move(*facts);
  }
  IscsiDeviceOptions options;
  options.function = spec.name;
  options.facts = *spec.lun_facts;
  options.is_read_only = spec.is_read_only;
  options.has_predecessor = opening == DiskOpening::restore;
  auto device = std::make_unique<IscsiDevice>(target, prober, options);
  return OpenDisk{std::move(*use), std::move(device)};
}

void EngineParts::note_changes(FunctionSpec& spec, BlockDevice& disk) {
  if (spec.disk == DiskKind::memory || spec.disk == DiskKind::null)
    spec.capacity_bytes = disk.geometry().capacity_bytes;
}

Result<std::unique_ptr<FrontEnd>> EngineParts::open_front_end(const FunctionSpec& spec, UniqueFd listener,
                                                              BlockDevice& disk) {
  VhostBlkOptions options;
  options.name = spec.name;
  options.serial = serial_of(spec);
  options.queues = spec.queues;
  options.queue_size_max = spec.queue_size;
  options.is_read_only = spec.is_read_only;
  options.cache = spec.cache;
  options.deadline_ns = spec.deadline_s * kSecond;
  auto front_end =
      std::make_unique<VhostBlkFrontEnd>(reactors_, reactors_.join_least_loaded(), disk, qos_.throttle(spec.name));
  if (Result<void> opened = front_end->open(options, std::move(listener)); !opened) return pass_on(opened);
  return std::unique_ptr<FrontEnd>(std::move(front_end));
}

}  // namespace laneway
