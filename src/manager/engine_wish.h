#pragma once
// What the engine is to have, in the words of its RPC: a function is made of its own spec, its volume's and its
// policy's. Free functions over plain values. Any thread.

#include <optional>
#include <string>

#include "manager/catalog.h"
#include "manager/engine_view.h"

namespace laneway {

// Params of vf.create; nothing, with the reason, where what it names is not there.
struct FunctionWish {
  Json params;
  uint64_t size_bytes = 0;  // that its volume is to have; 0: as it is
  std::string waits_for;    // a sentence; empty: it can be made
};
FunctionWish function_wish(const Resource& function, const Catalog& catalog, const EngineView& view);
// Params of target.login, without secrets.
Json target_wish(const Resource& target);
Json group_wish(const Resource& policy);

// All limits that there are, absent ones as 0: what vf.limit and group.limit set.
Json all_limits(const Json& limits);
// Limits as the engine tells them: those that are set.
Json set_limits(const Json& limits);

// A portal with its port, as the engine tells it.
std::string full_portal(const std::string& portal);

}  // namespace laneway
