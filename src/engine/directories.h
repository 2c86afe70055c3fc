#pragma once
// The engine's directories: made where they are missing, and the state directory held by one engine at a time. Control
// threads.

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

// Makes the directory and its parents; one that is there keeps its permissions.
Result<void> make_directories(const std::string& path, mode_t mode);

// A lock in two steps, since a successor opens its file while it still may; it lasts as long as the descriptor.
// ErrorCode::in_use where another engine holds it.
Result<UniqueFd> open_directory_lock(const std::string& path);
Result<void> lock_directory(const UniqueFd& lock, const std::string& path);

}  // namespace laneway
