#include "rpc/message.h"

#include "rpc/error_kind.h"

namespace laneway {

namespace {

tl::unexpected<RpcRefusal> refuse(const Json& id, int number, std::string message) {
  return tl::unexpected<RpcRefusal>(RpcRefusal{id, number, Error{ErrorCode::invalid_argument, std::move(message)}});
}

bool is_usable_id(const Json& id) {
  if (id.is_number_integer()) return true;
  return id.is_string() && id.get_ptr<const std::string*>()->size() <= kRpcIdMaxBytes;
}

}  // namespace

tl::expected<RpcRequest, RpcRefusal> decode_request(std::string_view line) {
  Result<Json> parsed = parse_json(line, kRpcRequestMaxBytes);
  if (!parsed) return refuse(nullptr, kRpcParseError, std::move(parsed.error().message));
  const Json& call = *parsed;
  if (!call.is_object()) {
    return refuse(nullptr, kRpcInvalidRequest, "The request is not a JSON object; send one call a line, no batches.");
  }
  RpcRequest request;
  if (!is_usable_id(member(call, "id"))) {
    return refuse(nullptr, kRpcInvalidRequest,
                  "The request has no usable id, so it could not be answered; give an integer or a short string.");
  }
  request.id = member(call, "id");
  if (text_at(call, "jsonrpc") != "2.0") {
    return refuse(request.id, kRpcInvalidRequest, "The request does not say \"jsonrpc\": \"2.0\"; add it.");
  }
  request.method = text_at(call, "method");
  if (request.method.empty() || request.method.size() > kRpcMethodMaxBytes) {
    return refuse(request.id, kRpcInvalidRequest, "The request has no usable method; give its name as a string.");
  }
  const Json& params = member(call, "params");
  if (params.is_null()) return request;
  if (!params.is_object()) {
    return refuse(request.id, kRpcInvalidRequest, "The request's params are no object; name each parameter.");
  }
  request.params = params;
  return request;
}

Result<Json> decode_answer(std::string_view line, uint64_t id) {
  Result<Json> parsed = parse_json(line, kRpcAnswerMaxBytes);
  if (!parsed) return fail(ErrorCode::protocol, "The engine's answer cannot be read: {}", parsed.error().message);
  const Json& error = member(*parsed, "error");
  if (error.is_object()) {
    const ErrorCode code = error_code_of_kind(text_at(member(error, "data"), "kind"));
    return tl::unexpected<Error>(Error{code, text_at(error, "message", "The engine gave no reason.")});
  }
  const bool is_answer = parsed->is_object() && member(*parsed, "id") == Json(id) && parsed->contains("result");
  if (!is_answer) {
    return fail(ErrorCode::protocol,
                "The engine's answer does not belong to the call; check that the socket is a Laneway engine's.");
  }
  return member(*parsed, "result");
}

std::string encode_request(uint64_t id, std::string_view method, const Json& params) {
  return to_line(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}) + "\n";
}

std::string encode_result(const Json& id, const Json& result) {
  return to_line(Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", result}}) + "\n";
}

std::string encode_refusal(const RpcRefusal& refusal) {
  const Json error = {{"code", refusal.number},
                      {"message", refusal.error.message},
                      {"data", {{"kind", error_kind(refusal.error.code)}}}};
  return to_line(Json{{"jsonrpc", "2.0"}, {"id", refusal.id}, {"error", error}}) + "\n";
}

}  // namespace laneway
