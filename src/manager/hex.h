#pragma once
// Bytes as hexadecimal digits, random ones for identifiers and tokens, and the SHA-256 under which secrets are kept.
// Free functions. Any thread.

#include <string>
#include <string_view>

namespace laneway {

// Two digits a byte of the kernel's random numbers.
std::string random_hex(size_t bytes);
// 64 digits.
std::string sha256_hex(std::string_view text);
// Takes as long wherever they differ.
bool is_same_secret(std::string_view a, std::string_view b);

}  // namespace laneway
