#include "manager/hex.h"

#include <sodium.h>

#include <array>
#include <vector>

#include "base/bytes.h"

namespace laneway {

namespace {

std::string hex_of(const uint8_t* bytes, size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

}  // namespace

std::string random_hex(size_t bytes) {
  std::vector<uint8_t> drawn(bytes);
  ::randombytes_buf(drawn.data(), drawn.size());
  return hex_of(drawn.data(), drawn.size());
}

std::string sha256_hex(std::string_view text) {
  std::array<uint8_t, crypto_hash_sha256_BYTES> digest{};
  const auto bytes = bytes_of_text(text);
  ::crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return hex_of(digest.data(), digest.size());
}

bool is_same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace laneway
