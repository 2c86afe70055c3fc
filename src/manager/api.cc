#include "manager/api.h"

#include <algorithm>

#include "manager/hex.h"

namespace laneway {

namespace {

constexpr size_t kBodyMaxBytes = 1 << 20;

// "application/json; charset=utf-8" is application/json.
std::string_view media_type(std::string_view header) {
  header = header.substr(0, header.find(';'));
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  return header;
}

const ApiParameter* parameter_of(const ApiOperation& operation, std::string_view name, std::string_view place) {
  for (const ApiParameter& parameter : operation.parameters) {
    if (parameter.name == name && parameter.place == place) return &parameter;
  }
  return nullptr;
}

std::string query_names(const ApiOperation& operation) {
  std::string out;
  for (const ApiParameter& parameter : operation.parameters) {
    if (parameter.place == "query") out += (out.empty() ? "" : ", ") + parameter.name;
  }
  return out;
}

tl::unexpected<Refusal> not_allowed(const Caller& caller, const ApiOperation& operation) {
  if (caller.how.empty()) {
    return refuse(401, fmt::format("Operation {} needs the role {}", operation.id, role_name(operation.role)),
                  "log in (POST /api/v1/session) or send a bearer token");
  }
  if (caller.how == "socket") {
    return refuse(403, fmt::format("The user with {} is not in the administrators' group", caller.actor.who),
                  "add the user to the group laneway, or send a bearer token");
  }
  return refuse(403,
                fmt::format("{} has the role {}, and {} needs {}", caller.actor.who, role_name(caller.actor.role),
                            operation.id, role_name(operation.role)),
                "ask an administrator for it");
}

}  // namespace

HttpAnswer Api::handle(HttpExchange& exchange) {
  Answer<HttpAnswer> outcome = answer(exchange);
  HttpAnswer out = outcome ? std::move(*outcome) : HttpAnswer{response_of(outcome.error()), nullptr};
  out.response.headers.emplace_back("cache-control", "no-store");
  return out;
}

Answer<HttpAnswer> Api::answer(HttpExchange& exchange) {
  const HttpRequest& request = exchange.request();
  const ApiMatch match = parts_.document.match(request.method, request.path);
  if (match.operation == nullptr && match.allowed.empty()) {
    return refuse(404, fmt::format("There is no path '{}'", quotable(request.path)), "see /api/v1/openapi.json");
  }
  if (match.operation == nullptr) {
    return refuse(405, fmt::format("'{}' is not offered here", quotable(request.method)), "use " + match.allowed);
  }
  Answer<Caller> caller = admit(exchange, *match.operation);
  if (!caller) return tl::unexpected<Refusal>(caller.error());
  ApiCall call{exchange, *match.operation, std::move(*caller), Kind::host, {}, {}, {}};
  if (auto read = read_parameters(match, call); !read) return tl::unexpected<Refusal>(read.error());
  if (auto read = read_body(call); !read) return tl::unexpected<Refusal>(read.error());
  const ApiEntry* entry = find_handler(match.operation->id);
  if (entry == nullptr)
    return refuse(500, fmt::format("Operation {} has no handler", match.operation->id), "report it");
  call.kind = entry->kind;
  return entry->handler(parts_, call);
}

Answer<Caller> Api::admit(HttpExchange& exchange, const ApiOperation& operation) {
  Answer<Caller> caller = parts_.access.identify(exchange);
  // Who logs in may still have the cookie of a session that has ended.
  if (operation.role == Role::none) {
    if (!caller) caller = Caller();
    if (caller->actor.from.empty()) caller->actor.from = exchange.request().peer.address;
    caller->actor.operation = operation.id;
    return caller;
  }
  if (!caller) return caller;
  caller->actor.operation = operation.id;
  if (caller->actor.role < operation.role) return not_allowed(*caller, operation);
  const bool is_change = operation.verb != "GET";
  if (is_change && caller->how == "session" &&
      !is_same_secret(exchange.request().header("x-csrf-token"), caller->csrf_token)) {
    return refuse(403, "The header X-CSRF-Token is missing or wrong",
                  "send the csrf_token of GET /api/v1/session with it", "X-CSRF-Token");
  }
  return caller;
}

Answer<void> Api::read_parameters(const ApiMatch& match, ApiCall& call) const {
  for (const ApiParameter& parameter : call.operation.parameters) {
    std::string_view text;
    if (parameter.place == "path") text = match.path_parameters.find(parameter.name)->second;
    if (parameter.place == "header") text = call.exchange.request().header(parameter.name);
    if (parameter.place == "header" && text.empty() && parameter.is_needed) {
      return refuse(428, fmt::format("The header {} is missing", parameter.name),
                    "read it first and send its ETag, or * to change whatever is there", parameter.name);
    }
    const Json& fallback = member(parts_.document.resolve(*parameter.schema), "default");
    if (!fallback.is_null()) call.parameters[parameter.name] = fallback;
    if (text.empty() || parameter.place == "query") continue;
    Json value;
    if (auto found = parts_.schema.check_text(*parameter.schema, text, parameter.name, value))
      return refuse(400, *found);
    call.parameters[parameter.name] = std::move(value);
  }
  return read_query(call);
}

Answer<void> Api::read_query(ApiCall& call) const {
  for (const auto& [name, text] : call.exchange.request().parameters) {
    const ApiParameter* parameter = parameter_of(call.operation, name, "query");
    if (parameter == nullptr) {
      const std::string names = query_names(call.operation);
      return refuse(400, fmt::format("Parameter '{}' is not known here", quotable(name)),
                    names.empty() ? "leave it out" : fmt::format("leave it out, or give one of {}", names),
                    quotable(name));
    }
    Json value;
    if (auto found = parts_.schema.check_text(*parameter->schema, text, name, value)) return refuse(400, *found);
    if (name == "filter") call.filters.push_back(text);
    call.parameters[name] = std::move(value);
  }
  return {};
}

Answer<void> Api::read_body(ApiCall& call) const {
  const HttpRequest& request = call.exchange.request();
  if (call.operation.body == nullptr) {
    if (request.body.empty()) return {};
    return refuse(400, fmt::format("Operation {} takes no body", call.operation.id), "leave it out", "body");
  }
  const std::string_view type = media_type(request.header("content-type"));
  const auto& types = call.operation.body_types;
  if (std::find(types.begin(), types.end(), type) == types.end()) {
    return refuse(415, fmt::format("Content-Type is '{}'", quotable(type)), fmt::format("send {}", types.front()),
                  "Content-Type");
  }
  Result<Json> body = parse_json(request.body, kBodyMaxBytes);
  if (!body)
    return refuse(400, fmt::format("The body is no JSON: {}", body.error().message), "send a JSON object", "body");
  call.body = std::move(*body);
  if (auto found = parts_.schema.check(*call.operation.body, call.body, "")) return refuse(400, *found);
  return {};
}

}  // namespace laneway
