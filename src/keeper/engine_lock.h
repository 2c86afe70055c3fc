#pragma once
// The engine lock beside the keeper's socket is held by the one engine that serves: a keeper starts none while it is
// held, and a successor waits for it. It goes with its holder, however that ends. Any thread.

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

std::string engine_lock_path(const std::string& keeper_socket);

// Held as long as the descriptor. ErrorCode::in_use where another process holds it.
Result<UniqueFd> take_engine_lock(const std::string& path);
// Takes nothing, so that whoever is about to take it is not in the way.
bool is_engine_lock_held(const std::string& path);

}  // namespace laneway
