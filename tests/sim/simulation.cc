#include "sim/simulation.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "backend/file_disk.h"
#include "backend/iscsi_device.h"
#include "backend/memory_disk.h"
#include "qos/throttled_device.h"
#include "sim/direct_guest.h"
#include "sim/limit_changer.h"
#include "sim/queue_mover.h"
#include "sim/sim_reactors.h"
#include "sim/vhost_guest.h"
#include "sim/witness.h"

namespace laneway::sim {

namespace {

constexpr uint16_t kPort = 3260;
constexpr uint64_t kTroubleNs = 60 * kSecond;  // troubles last at most that long
constexpr uint64_t kRunLimitNs = 1000 * kSecond;
constexpr uint64_t kTurnsMax = 3'000'000;

IscsiTargetSettings settings_of(const Scenario& scenario) {
  IscsiTargetSettings settings;
  settings.name = "array";
  settings.target_name = scenario.target.name;
  settings.initiator_name = "iqn.2026-11.io.laneway:host-sim";
  settings.portals = {{"127.0.0.1", kPort}};
  settings.chap.initiator = {scenario.target.chap.user, scenario.target.chap.secret};
  settings.chap.target = {scenario.target.chap.mutual_user, scenario.target.chap.mutual_secret};
  settings.chap.algorithms = {iscsi::ChapAlgorithm::sha256, iscsi::ChapAlgorithm::md5};
  // The kernel's chance would decide about the length of a login, and so about everything after it.
  settings.chap.fill_challenge = [](ByteSpan out) { std::fill(out.begin(), out.end(), uint8_t{0xa5}); };
  settings.header_digest = settings.data_digest = scenario.digests;
  settings.replacement_timeout_ns = 0;  // requests wait for their own deadlines
  return settings;
}

// What a probe of the LUN would have found.
LunFacts facts_of(const fake::LunOptions& lun) {
  LunFacts facts;
  facts.identity = fmt::format("naa.{:016x}{:016x}", lun.naa_high, lun.naa_low);
  facts.limits.block_bytes = lun.block_bytes;
  facts.limits.capacity_bytes = lun.capacity_bytes;
  facts.limits.has_volatile_cache = lun.has_write_cache;
  facts.limits.has_fua = true;
  facts.limits.has_unmap = lun.can_unmap;
  facts.limits.has_write_same = lun.can_write_same;
  return facts;
}

fake::TargetOptions target_options(const Scenario& scenario) {
  fake::TargetOptions options = scenario.target;
  options.hides_power_cuts = scenario.plant == Plant::lost_cache_is_hidden;
  options.luns[0].lies_about_sync = scenario.plant == Plant::disk_lies_about_flush;
  return options;
}

}  // namespace

// All parts of one run, made in the order in which they depend on each other.
class World final : public Referee {
 public:
  explicit World(const Scenario& scenario)
      : scenario_(scenario),
        random_(scenario.seed ^ 0x9e3779b97f4a7c15),
        model_(scenario.disk_sectors),
        target_(target_options(scenario)),
        kernel_(scenario.kernel, scenario.network, scenario.seed),
        reactors_(kernel_, scenario.reactors, random_),
        iscsi_target_(settings_of(scenario)),
        chaos_(scenario_, kernel_.network(), target_, model_, random_) {
    kernel_.network().add_server(kPort, target_);
    kernel_.add(chaos_);
  }

  Verdict run();
  bool is_stranded() const { return is_stranded_; }
  // What is still entangled cannot be taken apart: it stays, and can still be found.
  static void keep(std::unique_ptr<World> world) {
    world->kept_before_ = last_kept;
    last_kept = world.release();
  }

 private:
  DiskModel& model() override { return model_; }
  void failed(ModelOp kind, uint64_t age_ns, std::string_view status) override;
  void answered(ModelOp kind, uint64_t age_ns) override;

  void plant();
  void make_disk();
  void make_device();
  void make_guest();
  template <typename Done>
  void turn_until(Done done, uint64_t limit_ns, const char* what);
  bool is_lost() const { return is_given_up_ || kernel_.is_stuck() || model_.faults().size() >= faults_max(); }
  // One is all that is asked for where it was planted.
  size_t faults_max() const { return scenario_.plant == Plant::none ? 10 : 1; }
  Verdict verdict();

  const Scenario scenario_;
  Random random_;
  DiskModel model_;
  fake::FakeTarget target_;
  SimKernel kernel_;
  SimReactors reactors_;
  IscsiTarget iscsi_target_;
  Chaos chaos_;
  UniqueFd file_;  // of a disk on a file
  std::unique_ptr<BlockDevice> disk_;
  std::optional<Witness> witness_;
  std::optional<LimitChanger> limits_;
  std::optional<ThrottledDevice> limited_disk_;
  BlockDevice* device_ = nullptr;  // as the guest uses it
  std::unique_ptr<Guest> guest_;
  std::optional<QueueMover> mover_;
  uint64_t operations_ = 0;
  uint64_t errors_ = 0;
  uint64_t doubts_told_ = 0;  // by flushes that failed
  uint64_t doubt_told_ns_ = 0;
  bool is_given_up_ = false;
  bool is_stranded_ = false;

  static inline World* last_kept = nullptr;
  World* kept_before_ = nullptr;
};

void World::answered(ModelOp kind, uint64_t age_ns) {
  ++operations_;
  // With limits the witness says how long the disk had it. A ring that moves takes nothing until all that it took is
  // done, by its deadline, which is then followed by that of what waited.
  const uint64_t longest_ns = scenario_.reactors * scenario_.deadline_ns + kAnswerGraceNs;
  if (!scenario_.is_limited && age_ns > longest_ns) {
    model_.add_fault(fmt::format("an operation of kind {} took {} ms, its deadline was {} ms", static_cast<int>(kind),
                                 age_ns / kMillisecond, scenario_.deadline_ns / kMillisecond));
  }
}

void World::failed(ModelOp kind, uint64_t age_ns, std::string_view status) {
  ++errors_;
  // A reconnected front-end does not know exactly when the device took its requests over.
  const bool is_late = age_ns + 100 * kMillisecond >= scenario_.deadline_ns;
  // A power cut shows as a unit attention, and so it does where that attention was lost with the session it was told
  // to: a session that ends before the disk answered leaves the initiator in doubt, and a flush may say so, with all
  // others that the guest had asked for by then.
  if (is_late || scenario_.has_hard_errors) return;
  if (kind == ModelOp::flush) {
    const uint64_t now_ns = kernel_.clock().now_ns();
    if (chaos_.power_cuts() > 0 || now_ns - age_ns <= doubt_told_ns_) return;
    doubt_told_ns_ = now_ns;
    if (++doubts_told_ < target_.counters().connections) return;
  }
  model_.add_fault(fmt::format("an operation of kind {} failed after {} ms: {}", static_cast<int>(kind),
                               age_ns / kMillisecond, status));
}

void World::plant() {
  if (scenario_.plant == Plant::target_ignores_fences) {
    target_.script().add(fake::read_fault("ignore-fence:count=0").value());
  }
  if (scenario_.plant == Plant::disk_forgets_a_write) {
    target_.script().add(fake::read_fault("forget-write:after=50").value());
  }
}

void World::make_device() {
  make_disk();
  device_ = &witness_.emplace(scenario_, *disk_, model_);
  if (!scenario_.is_limited) return;
  limits_.emplace(scenario_, LimitChanger::Parts{reactors_, *witness_});
  device_ = &limited_disk_.emplace(*witness_, limits_->throttle());
  kernel_.add(*limits_);
}

void World::make_disk() {
  if (scenario_.backend == BackendKind::memory) {
    auto disk = MemoryDisk::open({.capacity_bytes = scenario_.disk_sectors * DiskModel::kSectorBytes,
                                  .block_bytes = scenario_.target.luns[0].block_bytes});
    LW_ASSERT(disk);
    disk_ = std::move(*disk);
    return;
  }
  if (scenario_.backend == BackendKind::file) {
    std::string path = "/tmp/laneway-sim-XXXXXX";
    UniqueFd file(::mkstemp(path.data()));
    LW_ASSERT(file &&
              ::ftruncate(file.get(), static_cast<off_t>(scenario_.disk_sectors * DiskModel::kSectorBytes)) == 0);
    auto disk = FileDisk::open({.path = path, .block_bytes = scenario_.target.luns[0].block_bytes});
    LW_ASSERT(disk);
    ::unlink(path.c_str());
    file_ = std::move(file);
    disk_ = std::move(*disk);
    return;
  }
  const auto resolved = iscsi_target_.resolve();
  LW_ASSERT(resolved);
  IscsiDeviceOptions options;
  options.function = "sim";
  options.facts = facts_of(scenario_.target.luns[0]);
  disk_ = std::make_unique<IscsiDevice>(iscsi_target_, reactors_.home(), options);
}

void World::make_guest() {
  if (scenario_.guest == GuestKind::vhost) {
    auto guest = std::make_unique<VhostGuest>(scenario_, reactors_.home(), *device_, *this, random_);
    kernel_.add(*guest);
    if (scenario_.reactors > 1) {
      mover_.emplace(scenario_, QueueMover::Parts{*guest, reactors_.away_pool(), *witness_});
    }
    guest_ = std::move(guest);
    return;
  }
  DirectGuest::Options options;
  options.workload = scenario_.workload;
  options.deadline_ns = scenario_.deadline_ns;
  options.is_durable = scenario_.is_durable;
  options.plant = scenario_.plant;
  guest_ = std::make_unique<DirectGuest>(options, reactors_.home(), *device_, *this, random_);
}

template <typename Done>
void World::turn_until(Done done, uint64_t limit_ns, const char* what) {
  struct Course final : SimReactors::Course {
    Course(World& in, Done& end, uint64_t time_ns) : world(in), done(end), end_ns(time_ns) {}
    bool is_over() override { return done() || world.is_lost() || is_too_long(); }
    bool is_too_long() const {
      return world.kernel_.clock().now_ns() >= end_ns || world.reactors_.turns() >= kTurnsMax;
    }
    World& world;
    Done& done;
    const uint64_t end_ns;
  };
  Course course(*this, done, limit_ns == kNever ? kNever : kernel_.clock().now_ns() + limit_ns);
  reactors_.run(course);
  if (!done() && !is_lost()) {
    model_.add_fault(fmt::format("{} did not end: {}; in the kernel: {}", what, guest_->describe(),
                                 reactors_.describe_operations()));
    is_given_up_ = true;
  }
  if (kernel_.is_stuck()) {
    model_.add_fault(
        fmt::format("stuck in {}: {}; in the kernel: {}", what, guest_->describe(), reactors_.describe_operations()));
  }
}

Verdict World::run() {
  make_device();
  make_guest();
  plant();
  guest_->start();
  chaos_.start(kernel_.clock().now_ns());
  if (limits_) limits_->start(kernel_.clock().now_ns());
  if (mover_) kernel_.add(*mover_);
  const uint64_t peace_ns = kernel_.clock().now_ns() + kTroubleNs;
  turn_until([&] { return guest_->has_submitted_all() || kernel_.clock().now_ns() > peace_ns; }, kNever, "the run");
  chaos_.stop();
  // From here on nothing but the guest's own requests keeps reactors awake.
  if (limits_) limits_->stop();
  if (mover_) mover_->stop();
  plant();
  turn_until([&] { return guest_->has_submitted_all(); }, kRunLimitNs, "the run in peace");
  turn_until([&] { return guest_->is_idle(); }, scenario_.deadline_ns + 200 * kSecond, "the last operations");
  if (!is_lost() && file_) {
    kernel_.files().cut_power(file_.get());
    model_.cut_power();
  }
  if (!is_lost()) guest_->read_everything();
  turn_until([&] { return guest_->is_idle(); }, scenario_.deadline_ns + 200 * kSecond, "the last reading");
  return verdict();
}

Verdict World::verdict() {
  Verdict verdict;
  verdict.end_ns = kernel_.clock().now_ns();
  // Leaving is tried in any case: the parts can only be taken apart after it.
  is_given_up_ = false;
  guest_->leave();
  uint64_t turns = 0;
  while (!guest_->is_gone() && ++turns < 1000000) {
    reactors_.turn_each();
  }
  is_stranded_ = !guest_->is_gone();
  if (is_stranded_) model_.add_fault("the device does not let the guest go: " + guest_->describe());
  if (reactors_.operations_in_flight() > 0) {
    model_.add_fault("operations are left in the kernel: " + reactors_.describe_operations());
  }
  for (const std::string& violation : target_.violations()) model_.add_fault("the target found: " + violation);
  if (model_.in_flight() > 0) model_.add_fault(fmt::format("{} operations were never answered", model_.in_flight()));
  verdict.faults = model_.faults();
  verdict.operations = operations_;
  verdict.errors = errors_;
  verdict.checked_sectors = model_.checked_sectors();
  verdict.events = chaos_.events();
  verdict.late_writes = target_.counters().late_effects;
  verdict.reinstatements = target_.counters().reinstatements;
  verdict.fences = target_.counters().fences;
  verdict.turns = reactors_.turns();
  if (mover_) verdict.moves = mover_->moves();
  if (limits_) verdict.held = limits_->throttle().counters().held;
  return verdict;
}

Verdict run_scenario(const Scenario& scenario) {
  auto world = std::make_unique<World>(scenario);
  const Verdict verdict = world->run();
  if (world->is_stranded()) World::keep(std::move(world));
  return verdict;
}

}  // namespace laneway::sim
