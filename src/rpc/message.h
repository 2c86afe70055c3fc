#pragma once
// JSON-RPC 2.0 messages, one a line (https://www.jsonrpc.org/specification): bytes to messages and back, no sockets.
// Every call carries an id and is answered; batches and notifications are not offered. Any thread.

#include <string>
#include <string_view>

#include "rpc/json.h"

namespace laneway {

constexpr size_t kRpcRequestMaxBytes = 64 * 1024;
constexpr size_t kRpcAnswerMaxBytes = 16 * 1024 * 1024;
constexpr size_t kRpcMethodMaxBytes = 64;
constexpr size_t kRpcIdMaxBytes = 64;

struct RpcRequest {
  Json id;  // an integer or a short string
  std::string method;
  Json params = Json::object();  // always an object
};

// A refusal as it goes over the wire. `id` is null where the request's own could not be read.
struct RpcRefusal {
  Json id;
  int number = 0;
  Error error;
};

tl::expected<RpcRequest, RpcRefusal> decode_request(std::string_view line);
// What the engine answered: its result, or the Error it gave; ErrorCode::protocol where the line is no answer to `id`.
Result<Json> decode_answer(std::string_view line, uint64_t id);

// Lines, each with its line break.
std::string encode_request(uint64_t id, std::string_view method, const Json& params);
std::string encode_result(const Json& id, const Json& result);
std::string encode_refusal(const RpcRefusal& refusal);

}  // namespace laneway
