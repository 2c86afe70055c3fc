#include "engine/engine_parts.h"

#include <algorithm>
#include <mutex>

#include "backend/file_disk.h"
#include "backend/memory_disk.h"
#include "backend/null_disk.h"
#include "engine/iscsi_paths.h"
#include "qos/throttled_device.h"

namespace laneway {

namespace {

constexpr uint64_t kMovePatienceNs = 30 * kSecond;
constexpr uint64_t kHandOverPatienceNs = 20 * kMillisecond;

// A function on a number of reactors of the pool, each of which it has joined.
class VhostBlkFrontEnd final : public FrontEnd {
 public:
  VhostBlkFrontEnd(ReactorPool& reactors, BlockDevice& disk, Throttle& throttle)
      : reactors_(reactors), throttled_disk_(disk, throttle) {}
  ~VhostBlkFrontEnd() override {
    if (function_ != nullptr) function_->close();
    function_.reset();
    for (const uint32_t reactor : joined_) reactors_.leave(reactor);
  }

  // The queues go to those reactors in turn that have the least to do.
  Result<void> open(const VhostBlkOptions& options, uint32_t reactors, FrontEndSeed seed) {
    joined_ = reactors_.join_least_loaded(std::min(options.queues, reactors));
    for (uint32_t i = 0; i < options.queues; ++i) placement_.push_back(joined_[i % joined_.size()]);
    FunctionPlace place(reactors_.control(), pools());
    place.vault = seed.vault;
    Result<std::unique_ptr<VhostBlkFunction>> opened =
        seed.device ? VhostBlkFunction::restore(options, std::move(seed.listener), throttled_disk_, std::move(place),
                                                std::move(*seed.device))
                    : VhostBlkFunction::open(options, std::move(seed.listener), throttled_disk_, std::move(place));
    if (!opened) return pass_on(opened);
    function_ = std::move(*opened);
    return {};
  }

  std::vector<uint32_t> queue_reactors() const override {
    const std::lock_guard lock(mutex_);
    return placement_;
  }
  Result<void> move(std::optional<uint32_t> queue, uint32_t reactor) override;
  bool is_on(uint32_t reactor) const override {
    const std::lock_guard lock(mutex_);
    return has_joined(reactor);
  }
  Result<void> vacate(uint32_t reactor) override;
  void begin_hand_over() override { function_->begin_hand_over(kHandOverPatienceNs); }
  bool await_hand_over() override { return function_->await_hand_over(); }

  bool is_attached() const override { return function_->is_attached(); }
  FunctionStatsSnapshot stats() const override { return function_->stats(); }
  uint64_t samples() const override { return function_->book().samples(); }
  void add_stages(StageHistograms& sum) const override { function_->book().add_stages(sum); }
  std::vector<SlowRequest> slow_requests() const override { return function_->book().slow_requests(); }
  void set_slow_ns(uint64_t slow_ns) override { function_->book().set_slow_ns(slow_ns); }
  VhostBlkConnection connection() override { return function_->connection(); }

 private:
  std::vector<RequestPool*> pools();
  Result<void> carry_out();
  // With mutex_ held.
  bool has_joined(uint32_t reactor) const {
    return std::find(joined_.begin(), joined_.end(), reactor) != joined_.end();
  }

  // Fixed after construction
  ReactorPool& reactors_;
  ThrottledDevice throttled_disk_;
  std::unique_ptr<VhostBlkFunction> function_;
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::vector<uint32_t> placement_;  // the reactor of each queue
  std::vector<uint32_t> joined_;     // those of the placement, and those where a queue still is that is to move
};

std::vector<RequestPool*> VhostBlkFrontEnd::pools() {
  std::vector<RequestPool*> pools;
  for (const uint32_t reactor : queue_reactors()) pools.push_back(&reactors_.requests(reactor));
  return pools;
}

Result<void> VhostBlkFrontEnd::move(std::optional<uint32_t> queue, uint32_t reactor) {
  {
    const std::lock_guard lock(mutex_);
    if (queue && *queue >= placement_.size()) {
      return fail(ErrorCode::not_found, "it has no queue {}, its queues are 0 to {}", *queue, placement_.size() - 1);
    }
    if (!has_joined(reactor)) {
      if (Result<void> joined = reactors_.join(reactor); !joined) return joined;
      joined_.push_back(reactor);
    }
    for (uint32_t i = 0; i < placement_.size(); ++i) {
      if (!queue || *queue == i) placement_[i] = reactor;
    }
  }
  return carry_out();
}

Result<void> VhostBlkFrontEnd::vacate(uint32_t reactor) {
  {
    const std::lock_guard lock(mutex_);
    if (!has_joined(reactor)) return {};
    const uint32_t other = reactors_.join_least_loaded(1).front();
    if (has_joined(other)) {
      reactors_.leave(other);
    } else {
      joined_.push_back(other);
    }
    std::replace(placement_.begin(), placement_.end(), reactor, other);
  }
  return carry_out();
}

// Brings the queues to where the placement has them, and leaves the reactors where none is any more.
Result<void> VhostBlkFrontEnd::carry_out() {
  if (!function_->move_rings(pools(), kMovePatienceNs)) {
    return fail(ErrorCode::timed_out,
                "requests that are under way have not ended for {} s; it is on the other reactor once they have",
                kMovePatienceNs / kSecond);
  }
  const std::lock_guard lock(mutex_);
  std::erase_if(joined_, [this](uint32_t reactor) {
    const bool is_left = std::find(placement_.begin(), placement_.end(), reactor) == placement_.end();
    if (is_left) reactors_.leave(reactor);
    return is_left;
  });
  return {};
}

// A disk of a concrete type as what the table knows.
template <typename Disk>
Result<OpenDisk> as_open(Result<std::unique_ptr<Disk>> disk) {
  if (!disk) return pass_on(disk);
  return OpenDisk{nullptr, std::move(*disk)};
}

}  // namespace

Result<OpenDisk> EngineParts::open_disk(FunctionSpec& spec, DiskOpening opening) {
  switch (spec.disk) {
    case DiskKind::memory:
      return open_memory(spec, opening);
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

// In a file where that outlives the engine, with its content (decision 62).
Result<OpenDisk> EngineParts::open_memory(const FunctionSpec& spec, DiskOpening opening) {
  const MemoryDiskOptions options{spec.capacity_bytes, spec.block_bytes, spec.is_read_only};
  if (!kept_.outlives_engine()) return as_open(MemoryDisk::open(options));
  UniqueFd file = opening == DiskOpening::create ? UniqueFd() : kept_.memory_file(spec.name);
  if (!file && opening != DiskOpening::create && kept_.was_served(spec.name)) {
    return fail(
        ErrorCode::io,
        "the memory of its disk is lost, and with it what a guest wrote; nothing is served in its place. Give it "
        "up with laneway vf delete {} --force, and make it again.",
        spec.name);
  }
  if (!file) {
    Result<UniqueFd> made = MemoryDisk::create_file(options);
    if (!made) return pass_on(made);
    file = std::move(*made);
  }
  // One that was handed on, too: the next keeper has it from us.
  kept_.keep_memory_file(spec.name, file);
  return as_open(MemoryDisk::open_file(options, file));
}

Result<OpenDisk> EngineParts::open_iscsi(FunctionSpec& spec, DiskOpening opening) {
  auto paths = std::make_unique<IscsiPaths>(targets_, reactors_.control());
  Result<std::unique_ptr<IscsiDevice>> device = paths->open(
      spec, {.must_answer = opening == DiskOpening::create, .has_predecessor = opening == DiskOpening::restore});
  if (!device) return pass_on(device);
  return OpenDisk{std::move(paths), std::move(*device)};
}

void EngineParts::note_changes(FunctionSpec& spec, BlockDevice& disk) {
  if (spec.disk == DiskKind::memory || spec.disk == DiskKind::null)
    spec.capacity_bytes = disk.geometry().capacity_bytes;
}

Result<std::unique_ptr<FrontEnd>> EngineParts::open_front_end(const FunctionSpec& spec, BlockDevice& disk,
                                                              FrontEndSeed seed) {
  VhostBlkOptions options;
  options.name = spec.name;
  options.serial = serial_of(spec);
  options.queues = spec.queues;
  options.queue_size_max = spec.queue_size;
  options.is_read_only = spec.is_read_only;
  options.cache = spec.cache;
  options.trace = trace_;
  options.deadline_ns = spec.deadline_s == 0 ? kNever : spec.deadline_s * kSecond;
  auto front_end = std::make_unique<VhostBlkFrontEnd>(reactors_, disk, qos_.throttle(spec.name));
  if (Result<void> opened = front_end->open(options, spec.reactors, std::move(seed)); !opened) {
    return pass_on(opened);
  }
  return std::unique_ptr<FrontEnd>(std::move(front_end));
}

}  // namespace laneway
