#include "sim/simulation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "sim/direct_guest.h"
#include "sim/path_breaker.h"
#include "sim/planted_stores.h"
#include "sim/replay_order.h"
#include "sim/sim_engine.h"
#include "sim/stored.h"
#include "sim/vhost_guest.h"
#include "sim/write_log.h"

namespace laneway::sim {

namespace {

constexpr uint64_t kTroubleNs = 60 * kSecond;  // troubles last at most that long
constexpr uint64_t kRunLimitNs = 1000 * kSecond;
constexpr uint64_t kTurnsMax = 3'000'000;

// A guest that cannot be let go of keeps its socket.
uint64_t next_serial = 0;

fake::TargetOptions target_options(const Scenario& scenario) {
  fake::TargetOptions options = scenario.target;
  options.hides_power_cuts = scenario.plant == Plant::lost_cache_is_hidden;
  options.luns[0].lies_about_sync = scenario.plant == Plant::disk_lies_about_flush;
  return options;
}

UniqueFd duplicate(const UniqueFd& fd) { return UniqueFd(::dup(fd.get())); }

}  // namespace

// All parts of one run, made in the order in which they depend on each other.
class World final : public Referee, private SimNetwork::Listener, private StoreListener, private Fate::Guard {
 public:
  explicit World(const Scenario& scenario)
      : scenario_(scenario),
        random_(scenario.seed ^ 0x9e3779b97f4a7c15),
        model_(scenario.disk_sectors),
        target_(target_options(scenario)),
        host_(scenario.network, scenario.seed),
        chaos_(scenario_, host_.network, target_, model_, random_),
        path_(fmt::format("/tmp/laneway-sim-{}-{}.sock", ::getpid(), next_serial++)) {
    if (scenario_.backend != BackendKind::memory) host_.files.log = &write_log_.emplace(model_);
    target_.lun(0)->disk().set_log(host_.files.log);
    for (uint16_t i = 0; i < scenario_.portals; ++i) {
      host_.network.add_server(static_cast<uint16_t>(kTargetPort + i), target_, static_cast<uint16_t>(1 + i));
    }
    if (scenario_.portals > 1) host_.actors.push_back(&breaker_.emplace(scenario_, host_.network, target_));
    host_.network.listener = this;
    host_.actors.push_back(&chaos_);
    if (!scenario_.has_deaths()) return;
    Fate::Guard& guard = *this;
    fate_.emplace(scenario_.deaths, scenario_.seed ^ 0xd6e8feb86659fd93, guard);
    host_.fate = &*fate_;
    hear_stores(this);
  }
  ~World() {
    hear_stores(nullptr);
    ::unlink(path_.c_str());
  }

  Verdict run();
  bool is_stranded() const { return is_stranded_; }
  // What is still entangled cannot be taken apart: it stays, and can still be found.
  static void keep(std::unique_ptr<World> world) {
    world->kept_before_ = last_kept;
    last_kept = world.release();
  }

 private:
  // A dead engine and the stack it died on.
  struct Grave {
    std::unique_ptr<Life> life;
    std::unique_ptr<SimEngine> engine;
    Grave* before = nullptr;
  };
  using Course = SimReactors::Course;

  DiskModel& model() override { return model_; }
  void failed(ModelOp kind, uint64_t age_ns, std::string_view status) override;
  void answered(ModelOp kind, uint64_t age_ns) override;
  void targets_acted() override;
  bool may_die() override { return !has_peace_; }
  void stored(StoreStep step, uint16_t head) override;

  void plant();
  void make_file();
  void make_engine();
  void make_guest();
  void run_engine(Course& course);
  void bury();
  void wait_for_rebirth();
  void count_life();
  template <typename Done>
  void turn_until(Done done, uint64_t limit_ns, const char* what);
  uint64_t turns() const { return turns_before_ + (engine_ ? engine_->reactors().turns() : 0); }
  std::string describe_operations() { return engine_ ? engine_->reactors().describe_operations() : "no engine"; }
  bool is_lost() const { return is_given_up_ || host_.is_stuck || model_.faults().size() >= faults_max(); }
  // One is all that is asked for where it was planted.
  size_t faults_max() const { return scenario_.plant == Plant::none ? 10 : 1; }
  Verdict verdict();

  const Scenario scenario_;
  Random random_;
  DiskModel model_;
  std::optional<WriteLog> write_log_;  // of a disk that has a power to be cut
  fake::FakeTarget target_;
  SimHost host_;
  Chaos chaos_;
  std::optional<PathBreaker> breaker_;
  std::optional<Fate> fate_;
  const std::string path_;
  UniqueFd listener_;
  UniqueFd file_;  // of a disk on a file
  VaultShelf shelf_;
  ReplayOrder order_;
  PlantedStores planted_stores_{scenario_.plant, shelf_};
  std::unique_ptr<Life> life_;
  std::unique_ptr<SimEngine> engine_;
  std::unique_ptr<Guest> guest_;
  VhostGuest* vhost_guest_ = nullptr;
  fake::TargetCounters target_did_;
  uint64_t operations_ = 0;
  uint64_t errors_ = 0;
  uint64_t doubts_told_ = 0;  // by flushes that failed
  uint64_t doubt_told_ns_ = 0;
  // Of engines that died
  uint64_t lives_ = 0;
  uint64_t turns_before_ = 0;
  uint64_t moves_ = 0;
  uint64_t held_ = 0;
  bool has_peace_ = false;
  bool is_given_up_ = false;
  bool is_stranded_ = false;

  static inline World* last_kept = nullptr;
  World* kept_before_ = nullptr;
  static inline Grave* last_grave = nullptr;
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
  const bool is_late = age_ns + 100 * kMillisecond >= scenario_.deadline_ns && !breaker_;
  // A power cut shows as a unit attention, and so it does where that attention was lost with the session it was told
  // to: a session that ends before the disk answered leaves the initiator in doubt, and a flush may say so, with all
  // others that the guest had asked for by then.
  if (is_late || scenario_.has_hard_errors) return;
  if (kind == ModelOp::flush) {
    const uint64_t now_ns = host_.clock.now_ns();
    if (chaos_.power_cuts() > 0 || now_ns - age_ns <= doubt_told_ns_) return;
    // With a path that is well there is a witness.
    if (breaker_) doubts_told_ = target_.counters().connections;
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

void World::targets_acted() {
  const fake::TargetCounters& now = target_.counters();
  const fake::TargetCounters before = std::exchange(target_did_, now);
  if (now.commands != before.commands) host_.comes(DeathPoint::target_took);
  if (now.reads != before.reads || now.writes != before.writes) host_.comes(DeathPoint::target_moved);
  const uint64_t changes = now.flushes + now.unmaps + now.write_sames;
  if (changes != before.flushes + before.unmaps + before.write_sames) host_.comes(DeathPoint::target_flushed);
  if (now.logins != before.logins) host_.comes(DeathPoint::target_logged_in);
  if (now.fences != before.fences) host_.comes(DeathPoint::target_fenced);
}

void World::stored(StoreStep step, uint16_t head) {
  order_.stored(step, head);
  planted_stores_.stored(step, head, *vhost_guest_);
  host_.pass(static_cast<DeathPoint>(step));
}

void World::make_file() {
  std::string path = "/tmp/laneway-sim-XXXXXX";
  file_ = UniqueFd(::mkstemp(path.data()));
  ::unlink(path.c_str());
  LW_ASSERT(file_ &&
            ::ftruncate(file_.get(), static_cast<off_t>(scenario_.disk_sectors * DiskModel::kSectorBytes)) == 0);
  host_.files.know(file_.get());
}

void World::make_engine() {
  engine_ = std::make_unique<SimEngine>(
      SimEngine::World{scenario_, host_, model_, random_, shelf_, order_, file_.get()}, lives_);
  if (!fate_) return;
  life_ = std::make_unique<Life>();
  fate_->begin();
}

void World::make_guest() {
  if (scenario_.guest == GuestKind::vhost) {
    auto listener = VhostBlkFunction::listen_at(path_);
    LW_ASSERT(listener);
    listener_ = std::move(*listener);
    engine_->serve(duplicate(listener_));
    auto guest = std::make_unique<VhostGuest>(scenario_, host_.clock, path_, *this, random_);
    vhost_guest_ = guest.get();
    host_.actors.push_back(guest.get());
    guest_ = std::move(guest);
    return;
  }
  DirectGuest::Options options;
  options.workload = scenario_.workload;
  options.deadline_ns = scenario_.deadline_ns;
  options.is_durable = scenario_.is_durable;
  options.plant = scenario_.plant;
  guest_ = std::make_unique<DirectGuest>(options, engine_->reactors().home(), engine_->device(), *this, random_);
}

// Runs the engine until the course is over or the engine has died.
void World::run_engine(Course& course) {
  if (!fate_) return engine_->reactors().run(course);
  const bool is_reborn = engine_ == nullptr;
  if (is_reborn) wait_for_rebirth();
  auto work = [&] {
    if (is_reborn) {
      engine_->take_over(duplicate(listener_));
      if (!has_peace_) engine_->begin_changes();
    }
    engine_->reactors().run(course);
  };
  fate_->enter(*life_);
  const bool has_survived = life_->live(work);
  fate_->leave();
  if (!has_survived) bury();
}

void World::bury() {
  count_life();
  // A connection of which nothing was kept ends with its engine.
  if (!shelf_.record || !shelf_.record->is_connected()) vhost_guest_->excuse_end();
  engine_->die();
  order_.engine_died();
  planted_stores_.engine_died();
  host_.network.kill_all(scenario_.arrival);
  auto grave = std::make_unique<Grave>(Grave{std::move(life_), std::move(engine_), last_grave});
  last_grave = grave.release();
}

void World::wait_for_rebirth() {
  const uint64_t birth_ns = host_.clock.now_ns() + random_.below(scenario_.rebirth_pause_max_ns + 1);
  while (host_.clock.now_ns() < birth_ns) host_.advance(birth_ns);
  while (!host_.leftovers.is_empty()) host_.advance(kNever);
  make_engine();
  vhost_guest_->engine_restarted();
}

void World::count_life() {
  ++lives_;
  turns_before_ += engine_->reactors().turns();
  if (engine_->mover() != nullptr) moves_ += engine_->mover()->moves();
  if (engine_->limits() != nullptr) held_ += engine_->limits()->throttle().counters().held;
}

template <typename Done>
void World::turn_until(Done done, uint64_t limit_ns, const char* what) {
  struct Turning final : Course {
    Turning(World& in, Done& end, uint64_t time_ns) : world(in), done(end), end_ns(time_ns) {}
    bool is_over() override { return done() || world.is_lost() || is_too_long(); }
    bool is_too_long() const { return world.host_.clock.now_ns() >= end_ns || world.turns() >= kTurnsMax; }
    World& world;
    Done& done;
    const uint64_t end_ns;
  };
  Turning turning(*this, done, limit_ns == kNever ? kNever : host_.clock.now_ns() + limit_ns);
  while (!turning.is_over()) run_engine(turning);
  if (!done() && !is_lost()) {
    model_.add_fault(
        fmt::format("{} did not end: {}; in the kernel: {}", what, guest_->describe(), describe_operations()));
    is_given_up_ = true;
  }
  if (host_.is_stuck) {
    model_.add_fault(
        fmt::format("stuck in {}: {}; in the kernel: {}", what, guest_->describe(), describe_operations()));
  }
}

Verdict World::run() {
  if (scenario_.backend == BackendKind::file) make_file();
  make_engine();
  make_guest();
  plant();
  for (const std::string& fault : scenario_.faults) target_.script().add(fake::read_fault(fault).value());
  guest_->start();
  chaos_.start(host_.clock.now_ns());
  if (breaker_) breaker_->start(host_.clock.now_ns());
  engine_->begin_changes();
  const uint64_t peace_ns = host_.clock.now_ns() + kTroubleNs;
  turn_until([&] { return guest_->has_submitted_all() || host_.clock.now_ns() > peace_ns; }, kNever, "the run");
  chaos_.stop();
  if (breaker_) breaker_->stop();
  plant();
  turn_until([&] { return guest_->has_submitted_all(); }, kRunLimitNs, "the run in peace");
  turn_until([&] { return guest_->is_idle(); }, scenario_.deadline_ns + 200 * kSecond, "the last operations");
  // From here on nothing but the guest's own requests keeps reactors awake.
  has_peace_ = true;
  if (engine_ != nullptr) engine_->end_changes();
  if (!is_lost() && file_) {
    host_.files.cut_power(file_.get());
    model_.cut_power();
  }
  if (!is_lost()) guest_->read_everything();
  turn_until([&] { return guest_->is_idle(); }, scenario_.deadline_ns + 200 * kSecond, "the last reading");
  return verdict();
}

Verdict World::verdict() {
  Verdict verdict;
  verdict.end_ns = host_.clock.now_ns();
  // Leaving is tried in any case: the parts can only be taken apart after it.
  is_given_up_ = false;
  has_peace_ = true;
  guest_->leave();
  engine_->begin_close();
  uint64_t turns = 0;
  while ((!guest_->is_gone() || !engine_->is_closed()) && ++turns < 1000000) engine_->reactors().turn_each();
  is_stranded_ = !guest_->is_gone() || !engine_->is_closed();
  if (is_stranded_) model_.add_fault("the device does not let the guest go: " + guest_->describe());
  if (engine_->reactors().operations_in_flight() > 0) {
    model_.add_fault("operations are left in the kernel: " + describe_operations());
  }
  for (const std::string& violation : target_.violations()) model_.add_fault("the target found: " + violation);
  if (model_.in_flight() > 0) model_.add_fault(fmt::format("{} operations were never answered", model_.in_flight()));
  count_life();
  verdict.faults = model_.faults();
  verdict.operations = operations_;
  verdict.errors = errors_;
  verdict.checked_sectors = model_.checked_sectors();
  if (write_log_) verdict.cuts_compared = write_log_->moments();
  verdict.events = chaos_.events();
  verdict.late_writes = target_.counters().late_effects;
  verdict.reinstatements = target_.counters().reinstatements;
  verdict.fences = target_.counters().fences;
  verdict.turns = turns_before_;
  verdict.moves = moves_;
  if (breaker_) verdict.path_harms = breaker_->harms();
  verdict.held = held_;
  if (!fate_) return verdict;
  verdict.deaths = fate_->deaths();
  verdict.points = fate_->passed();
  verdict.points_passed = fate_->points_passed();
  verdict.points_died_at = fate_->points_died_at();
  return verdict;
}

Verdict run_scenario(const Scenario& scenario) {
  auto world = std::make_unique<World>(scenario);
  const Verdict verdict = world->run();
  if (world->is_stranded()) World::keep(std::move(world));
  return verdict;
}

}  // namespace laneway::sim
