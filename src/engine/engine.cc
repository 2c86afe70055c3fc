#include "engine/engine.h"

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

// What a start could fail at, without a trace: another engine serves meanwhile.
Result<void> check_as_successor(const EngineOptions& options, const Inheritance& inheritance) {
  if (Result<void> read = check_kept_items(inheritance); !read) return read;
  auto store = StateStore::open(options.state_dir + "/engine.json", std::make_unique<FileSteps>());
  if (!store) return pass_on(store);
  auto reactors = ReactorPool::open({.count = options.reactors, .cpus = options.cpus, .spin_ns = options.spin_ns});
  return reactors ? Result<void>() : pass_on(reactors);
}

Result<void> begin_with_keeper(const EngineOptions& options, KeeperStart& start) {
  if (start.client.is_successor()) {
    if (Result<void> checked = check_as_successor(options, start.inheritance); !checked) return checked;
    if (Result<void> succeeded = start.succeed(); !succeeded) return succeeded;
  }
  return start.take_lock(options.keeper_socket);
}

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
  // Where nothing is under way, guests need not wait for what this process still needs to end; otherwise two engines
  // would write to one ring.
  if (functions_->hand_over()) {
    state_lock_.reset();
    keeper_->release();
  }
  return true;
}

Result<void> Engine::open(const EngineOptions& options) {
  MonotonicClock clock;
  const uint64_t started_ns = clock.now_ns();
  const std::string socket_dir = options.run_dir + "/vf";
  if (Result<void> made = make_directories(options.state_dir, 0700); !made) return made;
  if (Result<void> made = make_directories(socket_dir, 0755); !made) return made;
  Result<std::optional<KeeperStart>> kept = KeeperStart::from(options.keeper_socket, engine_version());
  if (!kept) return pass_on(kept);
  if (*kept) {
    if (Result<void> begun = begin_with_keeper(options, **kept); !begun) return begun;
  }
  Result<UniqueFd> lock = lock_directory(options.state_dir);
  if (!lock) return pass_on(lock);
  state_lock_ = std::move(*lock);

  Result<std::unique_ptr<StateStore>> store =
      StateStore::open(options.state_dir + "/engine.json", std::make_unique<FileSteps>());
  if (!store) return pass_on(store);
  store_ = std::move(*store);
  Result<std::string> initiator = choose_initiator_name(options.initiator_name, kHostInitiatorFile, *store_);
  if (!initiator) return pass_on(initiator);

  // From here on there are threads, and bytes of others.
  if (*kept) broker_.emplace();
  Result<Confinement> confinement = confine_engine(options, store_->state());
  if (!confinement) return pass_on(confinement);

  Result<std::unique_ptr<ReactorPool>> reactors =
      ReactorPool::open({.count = options.reactors, .cpus = options.cpus, .spin_ns = options.spin_ns});
  if (!reactors) return pass_on(reactors);
  reactors_ = std::move(*reactors);
  if (*kept) {
    keeper_ = std::make_unique<KeeperTies>(reactors_->control(), std::move(**kept), options.keeper_socket);
    broker_->use(keeper_->link());
  }
  access_ = std::make_unique<IscsiAccess>(reactors_->control());
  targets_ = std::make_unique<TargetTable>(*store_, *access_, *initiator);
  qos_ = std::make_unique<QosTable>(*store_, reactors_.get());
  if (keeper_ != nullptr) {
    kept_ = std::make_unique<KeeperThings>(*keeper_);
  } else {
    kept_ = std::make_unique<KeptThings>();
  }
  parts_ = std::make_unique<EngineParts>(EngineParts::Sources{*reactors_, *targets_, *qos_, *kept_}, options.trace);
  functions_ = std::make_unique<FunctionTable>(*store_, *qos_, ServedFunction::Source{*parts_, *kept_}, socket_dir);
  functions_->restore_all();
  if (keeper_ != nullptr) keeper_->served(clock.now_ns());
  care_ = std::make_unique<CareThread>(*targets_, *functions_, kLongestCarePauseNs);
  watch_ =
      std::make_unique<WatchThread>(*functions_, events_, WatchLimits{options.trace.slow_ns, options.slow_target_ns});

  service_ = std::make_unique<EngineService>(EngineFacts{engine_version(), options.state_dir, options.run_dir,
                                                         started_ns, std::move(*confinement), keeper_.get()},
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
