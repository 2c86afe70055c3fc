#pragma once
// The engine lock beside the keeper's socket is held by the one engine that serves: a keeper starts none while it is
// held, and a successor waits for it. It goes with its holder, however that ends. Any thread.

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

std::string engine_lock_path(const std::string& keeper_socket);

// In two steps, since a successor opens the file while it still may: the lock is held as long as the descriptor.
// ErrorCode::in_use where another process holds it.
Result<UniqueFd> open_engine_lock(const std::string& path);
Result<void> take_engine_lock(const UniqueFd& file);
// Takes nothing, so that whoever is about to take it is not in the way.
bool is_engine_lock_held(const std::string& path);

}  // namespace laneway
