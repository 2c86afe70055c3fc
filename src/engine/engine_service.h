#pragma once
// EngineService is the engine's RPC interface: reads the params of each method, calls the tables, forms the answer
// (docs/enginectl.md lists the methods). Owned by the engine; called on the RPC server's threads.

#include <string>
#include <string_view>

#include "engine/confinement.h"
#include "engine/event_log.h"
#include "engine/function_table.h"
#include "engine/keeper_ties.h"
#include "engine/qos_table.h"
#include "engine/reactor_pool.h"
#include "engine/target_table.h"
#include "rpc/server.h"

namespace laneway {

struct EngineFacts {
  std::string version;
  std::string state_dir;
  std::string run_dir;
  uint64_t started_ns = 0;  // monotonic
  Confinement confinement;
  KeeperTies* keeper = nullptr;  // null: there is none
};

class EngineService final : public RpcService {
 public:
  // All references outlive the service.
  struct Tables {
    ReactorPool& reactors;
    TargetTable& targets;
    FunctionTable& functions;
    QosTable& qos;
    EventLog& events;
  };
  EngineService(EngineFacts facts, const Tables& tables);

  bool has_method(std::string_view method) const override;
  Result<Json> call(const std::string& method, const Json& params) override;

 private:
  using Method = Result<Json> (EngineService::*)(const Json& params);
  static Method find(std::string_view method);

  Result<Json> engine_status(const Json& params);
  Result<Json> engine_upgrade(const Json& params);
  Result<Json> reactor_list(const Json& params);
  Result<Json> reactor_add(const Json& params);
  Result<Json> reactor_remove(const Json& params);
  Result<Json> target_discover(const Json& params);
  Result<Json> target_login(const Json& params);
  Result<Json> target_list(const Json& params);
  Result<Json> target_show(const Json& params);
  Result<Json> target_logout(const Json& params);
  Result<Json> function_create(const Json& params);
  Result<Json> function_list(const Json& params);
  Result<Json> function_show(const Json& params);
  Result<Json> function_resize(const Json& params);
  Result<Json> function_release(const Json& params);
  Result<Json> function_move(const Json& params);
  Result<Json> function_delete(const Json& params);
  Result<Json> function_stats(const Json& params);
  Result<Json> function_limit(const Json& params);
  Result<Json> function_explain(const Json& params);  // engine_service_trace.cc, and the next one
  Result<Json> events_list(const Json& params);
  Result<Json> path_list(const Json& params);  // engine_service_paths.cc, and the next five
  Result<Json> path_add(const Json& params);
  Result<Json> path_remove(const Json& params);
  Result<Json> path_fail(const Json& params);
  Result<Json> path_retry(const Json& params);
  Result<Json> path_policy(const Json& params);
  Result<Json> group_create(const Json& params);
  Result<Json> group_list(const Json& params);
  Result<Json> group_show(const Json& params);
  Result<Json> group_limit(const Json& params);
  Result<Json> group_delete(const Json& params);
  Result<Json> origin_set(const Json& params);
  Json reactors_json() const;
  Json luns_json(const TargetReport& report);

  // Fixed after construction
  const EngineFacts facts_;
  ReactorPool& reactors_;
  TargetTable& targets_;
  FunctionTable& functions_;
  QosTable& qos_;
  EventLog& events_;
};

}  // namespace laneway
