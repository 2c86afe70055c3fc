#include "manager/engine_port.h"

#include "rpc/client.h"

namespace laneway {

Result<Json> RpcEnginePort::call(std::string_view method, const Json& params, uint64_t time_limit_ns) {
  Result<std::unique_ptr<RpcClient>> client = RpcClient::connect(socket_path_, kEngineLookNs);
  if (!client) return pass_on(client);
  return (*client)->call(method, params, time_limit_ns);
}

}  // namespace laneway
