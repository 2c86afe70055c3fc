#pragma once
// The names and JSON-RPC numbers of ErrorCode, in both directions: a client that knows the number or the name gets the
// same Error back that the engine produced. Any thread.

#include <string_view>

#include "base/result.h"

namespace laneway {

// JSON-RPC 2.0 section 5.1.
constexpr int kRpcParseError = -32700;
constexpr int kRpcInvalidRequest = -32600;
constexpr int kRpcMethodNotFound = -32601;

std::string_view error_kind(ErrorCode code);
// ErrorCode::internal where the name is not known (a newer engine).
ErrorCode error_code_of_kind(std::string_view kind);
// -32000 - ErrorCode.
int rpc_number(ErrorCode code);

}  // namespace laneway
