#pragma once
// Passwords as they are kept: argon2id by libsodium, with the salt and the cost in the text. Slow by intent: runs on
// the pool for passwords. Any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace laneway {

class PasswordHash {
 public:
  struct Cost {
    uint64_t operations = 2;
    uint64_t memory_bytes = 64 << 20;
  };
  explicit PasswordHash(const Cost& cost);

  Result<std::string> make(std::string_view password) const;
  // An empty hash is that of nobody: false, after as long as for anybody.
  bool is_right(std::string_view password, const std::string& hash) const;

 private:
  // Fixed after construction
  const Cost cost_;
  std::string of_nobody_;
};

}  // namespace laneway
