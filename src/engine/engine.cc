#include "engine/engine.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/confinement.h"
#include "engine/directories.h"
#include "engine/initiator_name.h"
#include "engine/kept_keys.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace laneway {

namespace {

constexpr const char* kHostInitiatorFile = "/etc/iscsi/initiatorname.iscsi";
constexpr uint64_t kLongestCarePauseNs = 3 * kSecond;
constexpr int kLingerMs = 100;

std::string functions_dir(const EngineOptions& options) { return options.run_dir + "/vf"; }

}  // namespace

const char* engine_version() { return LANEWAY_VERSION; }

Result<std::unique_ptr<Engine>> Engine::start(const EngineOptions& options) {
  auto engine = std::unique_ptr<Engine>(new Engine);
  if (Result<void> opened = engine->open(options); !opened) return pass_on(opened);
  return engine;
}

Engine::~Engine() {
  if (server_ != nullptr && keeper_ != nullptr) server_->leave_socket();
  server_.reset();
  watch_.reset();
  care_.reset();
}

bool Engine::hand_over() {
  if (keeper_ == nullptr) return false;
  server_->leave_socket();
  server_.reset();
  watch_.reset();
  care_.reset();
  const uint64_t began_ns = MonotonicClock().now_ns();
  // Where nothing is under way, guests need not wait for what this process still needs to end; otherwise two engines
  // would write to one ring.
  if (functions_->hand_over()) {
    state_lock_.reset();
    keeper_->release(began_ns);
    // The end of a process takes processors from the successor for some milliseconds: after that has begun.
    (void)::poll(nullptr, 0, kLingerMs);
  }
  return true;
}

Result<void> Engine::open(const EngineOptions& options) {
  MonotonicClock clock;
  const uint64_t started_ns = clock.now_ns();
  if (Result<void> made = make_directories(options.state_dir, 0700); !made) return made;
  if (Result<void> made = make_directories(functions_dir(options), 0755); !made) return made;
  if (Result<void> prepared = prepare(options); !prepared) return prepared;
  if (Result<void> taken = take_place(options); !taken) return taken;
  return serve(options, started_ns);
}

// A successor does all of this, or fails without a trace, while another engine serves.
Result<void> Engine::prepare(const EngineOptions& options) {
  Result<std::optional<KeeperStart>> kept = KeeperStart::from(options.keeper_socket, engine_version());
  if (!kept) return pass_on(kept);
  start_ = std::move(*kept);
  is_successor_ = start_ && start_->client.is_successor();
  if (is_successor_) {
    if (Result<void> read = check_kept_items(start_->inheritance); !read) return read;
  }
  if (start_) {
    if (Result<void> opened = start_->open_lock(options.keeper_socket); !opened) return opened;
  }
  Result<UniqueFd> lock = open_directory_lock(options.state_dir);
  if (!lock) return pass_on(lock);
  state_lock_ = std::move(*lock);
  if (!is_successor_) {
    if (Result<void> locked = take_locks(options); !locked) return locked;
  }
  if (Result<void> opened = open_store(options); !opened) return opened;
  own_initiator_name_ =
      options.initiator_name.empty() ? initiator_name_of_host(kHostInitiatorFile) : options.initiator_name;

  // From here on there are threads, and bytes of others.
  if (start_) broker_.emplace();
  Result<Confinement> confinement = confine_engine(options, store_->state());
  if (!confinement) return pass_on(confinement);
  confinement_ = std::move(*confinement);
  Result<std::unique_ptr<ReactorPool>> reactors =
      ReactorPool::open({.count = options.reactors, .cpus = options.cpus, .spin_ns = options.spin_ns});
  if (!reactors) return pass_on(reactors);
  reactors_ = std::move(*reactors);
  reactors_->wait_for_turns();
  return {};
}

Result<void> Engine::take_place(const EngineOptions& options) {
  if (!is_successor_) return {};
  if (Result<void> succeeded = start_->succeed(); !succeeded) return succeeded;
  return take_locks(options);
}

Result<void> Engine::take_locks(const EngineOptions& options) {
  if (start_) {
    if (Result<void> taken = start_->take_lock(); !taken) return taken;
  }
  return lock_directory(state_lock_, options.state_dir);
}

Result<void> Engine::open_store(const EngineOptions& options) {
  Result<std::unique_ptr<StateStore>> store =
      StateStore::open(options.state_dir + "/engine.json", std::make_unique<FileSteps>());
  if (!store) return pass_on(store);
  store_ = std::move(*store);
  return {};
}

Result<void> Engine::serve(const EngineOptions& options, uint64_t started_ns) {
  if (start_) {
    keeper_ = std::make_unique<KeeperTies>(reactors_->control(), std::move(*start_), options.keeper_socket);
    broker_->use(keeper_->link());
  }
  // What changed while this one was getting ready.
  if (is_successor_ && store_->is_outdated()) {
    if (Result<void> opened = open_store(options); !opened) return opened;
  }
  Result<std::string> initiator = choose_initiator_name(own_initiator_name_, *store_);
  if (!initiator) return pass_on(initiator);
  access_ = std::make_unique<IscsiAccess>(reactors_->control());
  targets_ = std::make_unique<TargetTable>(*store_, *access_, *initiator);
  qos_ = std::make_unique<QosTable>(*store_, reactors_.get());
  if (keeper_ != nullptr) {
    kept_ = std::make_unique<KeeperThings>(*keeper_);
  } else {
    kept_ = std::make_unique<KeptThings>();
  }
  parts_ = std::make_unique<EngineParts>(EngineParts::Sources{*reactors_, *targets_, *qos_, *kept_}, options.trace);
  functions_ =
      std::make_unique<FunctionTable>(*store_, *qos_, ServedFunction::Source{*parts_, *kept_}, functions_dir(options));
  functions_->restore_all();
  if (keeper_ != nullptr) keeper_->served(MonotonicClock().now_ns());
  kept_->restored_all();
  care_ = std::make_unique<CareThread>(*targets_, *functions_, kLongestCarePauseNs);
  watch_ =
      std::make_unique<WatchThread>(*functions_, events_, WatchLimits{options.trace.slow_ns, options.slow_target_ns});

  service_ = std::make_unique<EngineService>(EngineFacts{engine_version(), options.state_dir, options.run_dir,
                                                         started_ns, std::move(confinement_), keeper_.get()},
                                             EngineService::Tables{*reactors_, *targets_, *functions_, *qos_, events_});
  if (Result<void> served = open_server(options); !served) return served;
  const FunctionCounts counts = functions_->counts();
  log_info("laneway-engine {} answers on {}; {} functions serving, {} failed", engine_version(), options.rpc_socket,
           counts.serving, counts.failed);
  return {};
}

Result<void> Engine::open_server(const EngineOptions& options) {
  UniqueFd listener;
  if (keeper_ != nullptr) listener = keeper_->listener(kKeptRpcKey, options.rpc_socket);
  if (!listener) {
    Result<UniqueFd> made = RpcServer::listen(options.rpc_socket);
    if (!made) return pass_on(made);
    listener = std::move(*made);
  }
  if (keeper_ != nullptr) keeper_->keep_listener(kKeptRpcKey, listener);
  Result<std::unique_ptr<RpcServer>> server =
      RpcServer::open({.socket_path = options.rpc_socket}, *service_, std::move(listener));
  if (!server) return pass_on(server);
  server_ = std::move(*server);
  return {};
}

}  // namespace laneway
