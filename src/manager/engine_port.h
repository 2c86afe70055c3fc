#pragma once
// EnginePort is how the control plane asks the engine: its RPC methods, blocking with a time limit. RpcEnginePort is
// the one there is; tests play an engine behind it. Any thread.

#include <string>
#include <string_view>

#include "base/units.h"
#include "rpc/json.h"

namespace laneway {

constexpr uint64_t kEngineLookNs = 5 * kSecond;      // what it has in memory
constexpr uint64_t kEngineChangeNs = 150 * kSecond;  // may log in to a target

class EnginePort {
 public:
  virtual ~EnginePort() = default;
  // ErrorCode::unreachable where no engine answers.
  virtual Result<Json> call(std::string_view method, const Json& params, uint64_t time_limit_ns) = 0;
};

// A connection for each call: there is none that could be stale after the engine's restart.
class RpcEnginePort final : public EnginePort {
 public:
  explicit RpcEnginePort(std::string socket_path) : socket_path_(std::move(socket_path)) {}
  Result<Json> call(std::string_view method, const Json& params, uint64_t time_limit_ns) override;

 private:
  const std::string socket_path_;
};

}  // namespace laneway
