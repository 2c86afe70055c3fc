#pragma once
// EngineView is what the engine said last: its status, targets, functions and groups by name; or why it said nothing.
// A plain value. Any thread.

#include <map>
#include <string>

#include "manager/engine_port.h"
#include "manager/resource.h"

namespace laneway {

struct EngineView {
  using Things = std::map<std::string, Json, std::less<>>;

  bool is_up = false;
  std::string reason;  // why it is not
  Json status = Json::object();
  Things targets;
  Things functions;
  Things groups;

  const Things& of(Kind kind) const {
    return kind == Kind::target ? targets : kind == Kind::function ? functions : groups;
  }
  // Null where the engine has no such thing.
  const Json* find(Kind kind, std::string_view name) const;
};

EngineView look_at_engine(EnginePort& engine);

// The generation that a thing of the engine was made from; 0 where it was not made from this resource.
uint64_t observed_generation(const Json& thing, const Resource& resource);

}  // namespace laneway
