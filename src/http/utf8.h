#pragma once
// One question about UTF-8 (RFC 3629): is what begins here a character. Used where bytes from outside become text of
// ours. Any thread.

#include <cstddef>
#include <string_view>

namespace laneway {

// Bytes of the character that `text` begins with; 0 where it begins with none (also overlong, surrogate, cut off).
size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace laneway
