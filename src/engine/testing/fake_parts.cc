#include "engine/testing/fake_parts.h"

#include <fstream>

namespace laneway {

namespace {

class FakeDisk final : public BlockDevice {
 public:
  FakeDisk(FakeParts& parts, const FunctionSpec& spec) : parts_(parts) {
    ++parts_.disks_open;
    geometry_.capacity_bytes = spec.capacity_bytes;
    geometry_.block_bytes = spec.block_bytes;
    if (spec.lun_facts) geometry_ = geometry_of(*spec.lun_facts, spec.is_read_only);
    if (spec.lun_facts) identity_ = spec.lun_facts->identity;
  }
  ~FakeDisk() override { --parts_.disks_open; }

  BlockGeometry geometry() const override { return geometry_; }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor&) override {
    return fail(ErrorCode::unsupported, "A fake disk has no queues.");
  }
  Result<void> resize(uint64_t capacity_bytes) override {
    if (parts_.resize_error) return tl::unexpected<Error>(*parts_.resize_error);
    geometry_.capacity_bytes = capacity_bytes == 0 ? parts_.measured_bytes : capacity_bytes;
    return {};
  }
  std::string describe() const override { return "fake"; }
  std::string identity() const override { return identity_; }
  void watch(BlockDeviceWatcher*) override {}

 private:
  FakeParts& parts_;
  BlockGeometry geometry_;
  std::string identity_;
};

class FakeFrontEnd final : public FrontEnd {
 public:
  FakeFrontEnd(FakeParts& parts, std::string name, UniqueFd listener)
      : parts_(parts), name_(std::move(name)), listener_(std::move(listener)) {
    ++parts_.front_ends_open;
  }
  ~FakeFrontEnd() override { --parts_.front_ends_open; }

  bool is_attached() const override {
    const auto found = parts_.attached.find(name_);
    return found != parts_.attached.end() && found->second;
  }
  FunctionStatsSnapshot stats() const override { return {}; }
  VhostBlkConnection connection() override {
    VhostBlkConnection connection;
    connection.is_attached = is_attached();
    return connection;
  }
  std::vector<uint32_t> queue_reactors() const override { return {reactor_}; }
  Result<void> move(std::optional<uint32_t> /*queue*/, uint32_t reactor) override {
    if (FakeParts::Gate* gate = std::exchange(parts_.move_gate, nullptr); gate != nullptr) {
      gate->is_reached.release();
      gate->may_pass.acquire();
    }
    if (parts_.move_error) return tl::unexpected<Error>(*parts_.move_error);
    reactor_ = reactor;
    return {};
  }
  void begin_hand_over() override { ++parts_.hand_overs; }
  bool await_hand_over() override { return !parts_.busy.contains(name_); }
  bool is_on(uint32_t reactor) const override { return reactor_ == reactor; }
  Result<void> vacate(uint32_t reactor) override { return move(std::nullopt, reactor + 1); }

 private:
  FakeParts& parts_;
  const std::string name_;
  const UniqueFd listener_;
  uint32_t reactor_ = 0;
};

}  // namespace

Result<OpenDisk> FakeParts::open_disk(FunctionSpec& spec, DiskOpening opening) {
  last_opening = opening;
  if (disk_error) return tl::unexpected<Error>(*disk_error);
  if (spec.disk == DiskKind::file && spec.capacity_bytes != 0) std::ofstream(spec.path) << "made";
  if (spec.disk == DiskKind::iscsi && opening == DiskOpening::create) {
    const PathSpec& path = spec.paths.front();
    const auto found = luns.find(path.lun);
    if (found == luns.end()) return fail(ErrorCode::not_found, "Target '{}' has no LUN {}.", path.target, path.lun);
    spec.lun_facts = found->second;
  }
  return OpenDisk{nullptr, std::make_unique<FakeDisk>(*this, spec)};
}

void FakeParts::note_changes(FunctionSpec& spec, BlockDevice& disk) {
  if (spec.lun_facts) spec.lun_facts->limits.capacity_bytes = disk.geometry().capacity_bytes;
  if (spec.disk == DiskKind::memory) spec.capacity_bytes = disk.geometry().capacity_bytes;
}

Result<std::unique_ptr<FrontEnd>> FakeParts::open_front_end(const FunctionSpec& spec, BlockDevice&, FrontEndSeed seed) {
  if (front_end_error) return tl::unexpected<Error>(*front_end_error);
  if (seed.device) ++devices_restored;
  return std::unique_ptr<FrontEnd>(std::make_unique<FakeFrontEnd>(*this, spec.name, std::move(seed.listener)));
}

}  // namespace laneway
