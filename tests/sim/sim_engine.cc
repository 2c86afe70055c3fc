#include "sim/sim_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/file_disk.h"
#include "backend/iscsi_device.h"
#include "backend/memory_disk.h"
#include "frontend/vhost_blk_service.h"
#include "sim/engine_descriptors.h"

namespace laneway::sim {

namespace {

IscsiTargetSettings settings_of(const Scenario& scenario) {
  IscsiTargetSettings settings;
  settings.name = "array";
  settings.target_name = scenario.target.name;
  settings.initiator_name = "iqn.2026-11.io.laneway:host-sim";
  settings.portals = {{"127.0.0.1", kTargetPort}};
  settings.chap.initiator = {scenario.target.chap.user, scenario.target.chap.secret};
  settings.chap.target = {scenario.target.chap.mutual_user, scenario.target.chap.mutual_secret};
  settings.chap.algorithms = {iscsi::ChapAlgorithm::sha256, iscsi::ChapAlgorithm::md5};
  // The kernel's chance would decide about the length of a login, and so about everything after it.
  settings.chap.fill_challenge = [](ByteSpan out) { std::fill(out.begin(), out.end(), uint8_t{0xa5}); };
  settings.header_digest = settings.data_digest = scenario.digests;
  if (scenario.portals > 1) settings.noop_interval_ns = settings.noop_timeout_ns = kSecond;
  settings.replacement_timeout_ns = 0;  // requests wait for their own deadlines
  return settings;
}

// What a probe of the LUN would have found.
LunFacts facts_of(const fake::LunOptions& lun, uint64_t capacity_bytes) {
  LunFacts facts;
  facts.identity = fmt::format("naa.{:016x}{:016x}", lun.naa_high, lun.naa_low);
  facts.limits.block_bytes = lun.block_bytes;
  facts.limits.capacity_bytes = capacity_bytes;
  facts.limits.has_volatile_cache = lun.has_write_cache;
  facts.limits.has_fua = true;
  facts.limits.has_unmap = lun.can_unmap;
  facts.limits.has_write_same = lun.can_write_same;
  return facts;
}

}  // namespace

SimEngine::SimEngine(const World& world, uint32_t predecessors)
    : world_(world),
      predecessors_(predecessors),
      kernel_(world.scenario.kernel, world.host),
      reactors_(kernel_, world.scenario.reactors, world.random),
      pool_(reactors_.home(), {.slots = 64, .medium_blocks = 4, .large_blocks = 1}),
      iscsi_target_(settings_of(world.scenario)) {
  make_disk();
  device_ = &witness_.emplace(world.scenario, *disk_, world.model, world.order);
  if (!world.scenario.is_limited) return;
  limits_.emplace(world.scenario, LimitChanger::Parts{reactors_, *witness_});
  device_ = &limited_disk_.emplace(*witness_, limits_->throttle());
}

SimEngine::~SimEngine() { forget_actors(); }

void SimEngine::make_disk() {
  const Scenario& scenario = world_.scenario;
  const uint64_t capacity_bytes = world_.model.sectors() * DiskModel::kSectorBytes;
  const uint32_t block_bytes = scenario.target.luns[0].block_bytes;
  if (scenario.backend == BackendKind::memory) {
    auto disk = MemoryDisk::open({.capacity_bytes = capacity_bytes, .block_bytes = block_bytes});
    LW_ASSERT(disk);
    disk_ = std::move(*disk);
    return;
  }
  if (scenario.backend == BackendKind::file) {
    auto disk = FileDisk::open({.path = fmt::format("/proc/self/fd/{}", world_.file), .block_bytes = block_bytes});
    LW_ASSERT(disk);
    disk_fd_ = (*disk)->file().fd.get();
    disk_ = std::move(*disk);
    return;
  }
  const auto resolved = iscsi_target_.resolve();
  LW_ASSERT(resolved);
  IscsiDeviceOptions options;
  options.function = "sim";
  options.facts = facts_of(scenario.target.luns[0], capacity_bytes);
  options.has_predecessor = predecessors_ > 0 && scenario.plant != Plant::replay_is_not_fenced;
  auto lun = std::make_unique<IscsiDevice>(iscsi_target_, reactors_.home(), options);
  lun->paths().set_rules(scenario.path_rules);
  for (uint32_t i = 1; i < scenario.portals; ++i) {
    LunPathOptions path;
    path.id = i;
    path.portal = IscsiPortal{"127.0.0.1", static_cast<uint16_t>(kTargetPort + i)};
    LW_ASSERT(lun->add_path(iscsi_target_, path, options.has_predecessor).resolve());
  }
  disk_ = std::move(lun);
}

void SimEngine::serve(UniqueFd listener) {
  const Scenario& scenario = world_.scenario;
  VhostBlkOptions options;
  options.name = "sim";
  options.serial = "SERIAL";
  options.queues = scenario.queues;
  options.queue_size_max = scenario.queue_size;
  options.deadline_ns = scenario.deadline_ns;
  options.cache = scenario.is_durable ? CacheMode::writethrough : CacheMode::writeback;
  FunctionPlace place = pool_;
  if (scenario.has_deaths()) {
    place.vault = &vault_.emplace(world_.host, reactors_.home(), world_.shelf, scenario.plant);
    world_.host.actors.push_back(&*vault_);
    kernel_.set_flush_listener(&*vault_);
  }
  auto function = VhostBlkFunction::open(options, give_to_engine(std::move(listener)), *device_, std::move(place));
  LW_ASSERT(function);
  function_ = std::move(*function);
  if (scenario.reactors > 1) {
    const QueueMover::Parts parts{function_->service(), pool_, reactors_.away_pool(), *witness_};
    mover_.emplace(scenario, parts, predecessors_ * 0x9e3779b97f4a7c15);
  }
}

// Straight on the home reactor: restore() of the function would wait for a thread of its own.
void SimEngine::take_over(UniqueFd listener) {
  serve(std::move(listener));
  const VaultShelf& shelf = world_.shelf;
  if (!shelf.record) return;
  const auto restored = function_->service().restore({shelf.record->record_for_engine(), shelf.note});
  if (!restored) world_.model.add_fault("a device cannot be restored: " + restored.error().message);
  world_.host.pass(DeathPoint::restored);
}

void SimEngine::begin_changes() {
  if (limits_) {
    world_.host.actors.push_back(&*limits_);
    limits_->start(world_.host.clock.now_ns());
  }
  if (mover_) world_.host.actors.push_back(&*mover_);
}

void SimEngine::end_changes() {
  if (limits_) limits_->stop();
  if (mover_) mover_->stop();
}

void SimEngine::begin_close() {
  if (mover_) mover_->stop();
  if (function_ != nullptr) function_->begin_close(*this);
}

void SimEngine::die() {
  reactors_.die();
  // Opened without its kernel port
  if (disk_fd_ >= 0) UniqueFd(disk_fd_).reset();
  const VhostBlk* device = function_->service().device();
  const int inflight_fd = device == nullptr ? -1 : device->machine().record().inflight.fd.get();
  if (inflight_fd >= 0 && inflight_fd < kEngineDescriptorMin) UniqueFd(inflight_fd).reset();
  if (vault_) vault_->die();
  close_engine_descriptors();
  forget_actors();
}

void SimEngine::forget_actors() {
  if (limits_) std::erase(world_.host.actors, &*limits_);
  if (mover_) std::erase(world_.host.actors, &*mover_);
  if (vault_) std::erase(world_.host.actors, &*vault_);
}

}  // namespace laneway::sim
