#include "enginectl/session.h"

#include "rpc/default_paths.h"

namespace laneway {

namespace {

Result<std::string> socket_to_use(const std::string& given) {
  if (!given.empty()) return given;
  Result<std::string> run_dir = default_run_dir();
  if (!run_dir) return tl::unexpected<Error>(Error{ErrorCode::unreachable, std::move(run_dir.error().message)});
  return rpc_socket_in(*run_dir);
}

}  // namespace

Result<Json> EngineSession::call(std::string_view method, const Json& params, uint64_t time_limit_ns) {
  if (client_ == nullptr) {
    Result<std::string> path = socket_to_use(socket_path);
    if (!path) return pass_on(path);
    Result<std::unique_ptr<RpcClient>> connected = RpcClient::connect(*path, time_limit_ns);
    if (!connected) return pass_on(connected);
    client_ = std::move(*connected);
  }
  Result<Json> result = client_->call(method, params, time_limit_ns);
  if (!client_->is_usable()) client_.reset();  // the next call makes a new connection
  return result;
}

Result<Json> EngineSession::function_stats(const std::string& name) {
  return call("vf.stats", name.empty() ? Json::object() : Json{{"name", name}});
}

ExitCode EngineSession::report(const Error& error) {
  say(error.message);
  return client_ == nullptr ? ExitCode::unreachable : ExitCode::refused;
}

}  // namespace laneway
