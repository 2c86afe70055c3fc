#pragma once
// Api answers the requests of the control plane: finds the operation, learns who asks, checks the role and the request
// against the document, and hands it to the function of that operation (api_handlers.h). Owned by the daemon; HTTP
// thread, inside the request's coroutine.

#include <map>
#include <string>

#include "manager/access.h"
#include "manager/audit_trail.h"
#include "manager/engine_port.h"
#include "manager/event_book.h"
#include "manager/login_gate.h"
#include "manager/machine_jobs.h"
#include "manager/password_hash.h"
#include "manager/registry.h"

namespace laneway {

// What operations work with. All of it outlives the API.
struct ApiParts {
  const ApiDocument& document;
  const Schema& schema;
  Catalog& catalog;
  Registry& registry;
  TaskBook& tasks;
  EventBook& events;
  AuditTrail& audit;
  Ledger& ledger;
  NewsFeed& news;
  Access& access;
  Sessions& sessions;
  LoginGate& gate;
  const PasswordHash& passwords;
  EnginePort& engine;
  WallClock& wall_clock;
  MachineJobs& machines;
};

// One request that was checked.
struct ApiCall {
  HttpExchange& exchange;
  const ApiOperation& operation;
  Caller caller;
  Kind kind = Kind::host;                  // that the operation is about
  std::map<std::string, Json> parameters;  // with defaults, of path, query and header
  std::vector<std::string> filters;
  Json body;

  std::string text(const char* parameter) const {
    const auto found = parameters.find(parameter);
    return found == parameters.end() ? "" : plain_text(found->second);
  }
  bool flag(const char* parameter) const { return text(parameter) == "true"; }
  uint64_t number(const char* parameter) const {
    const auto found = parameters.find(parameter);
    return found != parameters.end() && is_natural(found->second) ? found->second.get<uint64_t>() : 0;
  }
  std::string name() const { return text("name"); }
};

using ApiHandler = Answer<HttpAnswer> (*)(const ApiParts& parts, ApiCall& call);

class Api final : public HttpHandler {
 public:
  explicit Api(const ApiParts& parts) : parts_(parts) {}
  HttpAnswer handle(HttpExchange& exchange) override;

 private:
  Answer<HttpAnswer> answer(HttpExchange& exchange);
  Answer<Caller> admit(HttpExchange& exchange, const ApiOperation& operation);
  Answer<void> read_parameters(const ApiMatch& match, ApiCall& call) const;
  Answer<void> read_query(ApiCall& call) const;
  Answer<void> read_body(ApiCall& call) const;

  // Fixed after construction
  const ApiParts parts_;
};

struct ApiEntry {
  std::string_view operation;
  Kind kind;
  ApiHandler handler;
};
// Null where the document has an operation that nobody wrote (a test walks them).
const ApiEntry* find_handler(std::string_view operation);

}  // namespace laneway
