#pragma once
// StoreLock holds a store for one process: a lock on a file beside it, which ends with the process however that dies.
// Owned by who has the store open. Any thread.

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

class StoreLock {
 public:
  // Locks `path`.lock. ErrorCode::in_use where another process, or this one, holds it.
  static Result<StoreLock> take(const std::string& path);

 private:
  explicit StoreLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace laneway
