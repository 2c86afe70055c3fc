#include "manager/password_hash.h"

#include <sodium.h>

#include <array>

#include "base/check.h"
#include "manager/hex.h"

namespace laneway {

PasswordHash::PasswordHash(const Cost& cost) : cost_(cost) {
  LW_ASSERT(::sodium_init() >= 0);
  Result<std::string> made = make(random_hex(16));
  of_nobody_ = made.value_or("");
}

Result<std::string> PasswordHash::make(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (::crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost_.operations,
                              static_cast<size_t>(cost_.memory_bytes), crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::no_space, "There is no memory to hash a password; free {} MiB.", cost_.memory_bytes >> 20);
  }
  return std::string(out.data());
}

bool PasswordHash::is_right(std::string_view password, const std::string& hash) const {
  const std::string& judged = hash.empty() ? of_nobody_ : hash;
  const bool is_equal = ::crypto_pwhash_str_verify(judged.c_str(), password.data(), password.size()) == 0;
  return is_equal && !hash.empty();
}

}  // namespace laneway
