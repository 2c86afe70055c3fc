#pragma once
// RpcClient calls the engine's methods over its unix socket and blocks until the answer is there. Owned by the command
// line (later also by the control plane's worker threads). One thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rpc/json.h"
#include "rpc/line_channel.h"

namespace laneway {

class RpcClient {
 public:
  // ErrorCode::unreachable, with the remedy, where no engine answers at the path.
  static Result<std::unique_ptr<RpcClient>> connect(const std::string& socket_path, uint64_t time_limit_ns);

  // The method's result, or the Error that the engine gave, or why there was no answer: is_usable() is false then.
  Result<Json> call(std::string_view method, const Json& params, uint64_t time_limit_ns);
  bool is_usable() const { return is_usable_; }

 private:
  RpcClient(UniqueFd socket, std::string socket_path);

  const std::string socket_path_;
  LineChannel channel_;
  MonotonicClock clock_;
  uint64_t next_id_ = 1;
  bool is_usable_ = true;
};

}  // namespace laneway
