#pragma once
// The status of resources as measured: from what the engine said last and from what the reconciler could not do. Free
// functions over plain values. Any thread.

#include "manager/catalog.h"
#include "manager/engine_view.h"

namespace laneway {

// `error`: the last refusal, or what it waits for; empty: none.
Json target_status(const Resource& target, const EngineView& view, const std::string& error);
Json function_status(const Resource& function, const EngineView& view, const std::string& error);
Json policy_status(const Resource& policy, const EngineView& view, const std::string& error, const Catalog& catalog);
Json volume_status(const Resource& volume, const EngineView& view, const Catalog& catalog);

// The part of target.show and target.login that is LUNs and sessions.
Json luns_of(const Json& answer);

}  // namespace laneway
