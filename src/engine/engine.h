#pragma once
// Engine is the whole of the program behind its command line: directories, state, reactors, targets, functions, RPC,
// brought up in that order and taken down in the reverse one. Owned by main; made and destroyed on its thread.

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "engine/care_thread.h"
#include "engine/engine_parts.h"
#include "engine/engine_service.h"
#include "engine/function_table.h"
#include "engine/iscsi_access.h"
#include "engine/keeper_broker.h"
#include "engine/keeper_things.h"
#include "engine/options.h"
#include "engine/qos_table.h"
#include "engine/reactor_pool.h"
#include "engine/state_store.h"
#include "engine/target_table.h"
#include "engine/watch_thread.h"
#include "rpc/server.h"

namespace laneway {

class Engine {
 public:
  // Everything is served when this returns. On failure nothing is left behind but the directories.
  static Result<std::unique_ptr<Engine>> start(const EngineOptions& options);
  // Orderly stop: calls under way are answered, functions leave service and stay in the state file. With a keeper, the
  // sockets stay open in its hands.
  ~Engine();
  // The same in moments, where a keeper leaves everything to a successor: the process may end once this returns. False
  // where there is none.
  bool hand_over();

 private:
  Engine() = default;
  Result<void> open(const EngineOptions& options);
  // All that can be done before another engine's place is taken, which that serves meanwhile.
  Result<void> prepare(const EngineOptions& options);
  // Waits until a successor is to go on.
  Result<void> take_place(const EngineOptions& options);
  Result<void> take_locks(const EngineOptions& options);
  Result<void> open_store(const EngineOptions& options);
  Result<void> serve(const EngineOptions& options, uint64_t started_ns);
  Result<void> open_server(const EngineOptions& options);

  bool is_successor_ = false;
  std::optional<KeeperStart> start_;  // until the ties to the keeper are made of it
  UniqueFd state_lock_;
  std::unique_ptr<StateStore> store_;
  std::string own_initiator_name_;
  Confinement confinement_;  // until the service has it
  std::unique_ptr<ReactorPool> reactors_;
  std::unique_ptr<KeeperTies> keeper_;   // null: there is none
  std::optional<BrokerInPlace> broker_;  // with a keeper; goes before it
  std::unique_ptr<IscsiAccess> access_;
  std::unique_ptr<TargetTable> targets_;
  std::unique_ptr<QosTable> qos_;
  std::unique_ptr<KeptThings> kept_;
  std::unique_ptr<EngineParts> parts_;
  std::unique_ptr<FunctionTable> functions_;
  std::unique_ptr<CareThread> care_;
  EventLog events_;
  std::unique_ptr<WatchThread> watch_;
  std::unique_ptr<EngineService> service_;
  std::unique_ptr<RpcServer> server_;
};

const char* engine_version();

}  // namespace laneway
