#include "rpc/client.h"

#include <optional>

#include "base/units.h"
#include "base/unix_socket.h"
#include "rpc/message.h"

namespace laneway {

RpcClient::RpcClient(UniqueFd socket, std::string socket_path)
    : socket_path_(std::move(socket_path)), channel_(std::move(socket), kRpcAnswerMaxBytes) {}

Result<std::unique_ptr<RpcClient>> RpcClient::connect(const std::string& socket_path, uint64_t time_limit_ns) {
  Result<UniqueFd> socket = connect_unix(socket_path, time_limit_ns);
  if (!socket) {
    return fail(ErrorCode::unreachable,
                "No engine answers ({}); start laneway-engine as this user, or name its socket with --socket or "
                "LANEWAY_SOCKET.",
                socket.error().message);
  }
  return std::unique_ptr<RpcClient>(new RpcClient(std::move(*socket), socket_path));
}

Result<Json> RpcClient::call(std::string_view method, const Json& params, uint64_t time_limit_ns) {
  const uint64_t deadline_ns = clock_.now_ns() + time_limit_ns;
  const uint64_t id = next_id_++;
  is_usable_ = false;  // until the answer is there
  Result<void> sent = channel_.write(encode_request(id, method, params), deadline_ns);
  // A failed write may still have an answer waiting: a busy engine says so before it closes.
  if (!sent && sent.error().code == ErrorCode::timed_out) {
    return fail(ErrorCode::timed_out, "The engine at {} did not take the call within {} s; see its log.", socket_path_,
                time_limit_ns / kSecond);
  }
  Result<std::optional<std::string>> line = channel_.read_line(deadline_ns);
  if (line && *line) {
    is_usable_ = true;
    return decode_answer(**line, id);
  }
  if (!line && line.error().code == ErrorCode::timed_out) {
    return fail(ErrorCode::timed_out, "The engine at {} did not answer {} within {} s; see its log.", socket_path_,
                method, time_limit_ns / kSecond);
  }
  return fail(ErrorCode::unreachable, "The engine at {} ended the connection during {}; see its log.", socket_path_,
              method);
}

}  // namespace laneway
