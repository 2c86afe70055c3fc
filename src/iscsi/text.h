#pragma once
// Text keys of Login and Text PDUs (RFC 7143 6): "key=value" pairs that each end with NUL, and the encodings of their
// values. Readers work on bytes of the target and are bounded by the constants below. Free functions, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace laneway::iscsi {

constexpr size_t kTextNameBytesMax = 63;  // RFC 7143 6.1
constexpr size_t kTextValueBytesMax = 8192;
constexpr size_t kIscsiNameBytesMax = 223;  // RFC 7143 4.2.7.1

struct TextKey {
  std::string_view name;
  std::string_view value;
};

// Reads pairs one by one. Views point into the text.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  // The next pair; nothing at the end or at the first malformed one.
  std::optional<TextKey> next();
  bool is_malformed() const { return is_malformed_; }

 private:
  std::string_view rest_;
  bool is_malformed_ = false;
};

void append_key(std::string& text, std::string_view name, std::string_view value);
void append_key(std::string& text, std::string_view name, uint64_t value);

// Decimal, or hexadecimal with 0x; nothing where it is something else or does not fit in 64 bits.
std::optional<uint64_t> decode_number(std::string_view value);
std::optional<bool> decode_yes_no(std::string_view value);
// Hexadecimal with 0x or base64 with 0b; nothing where malformed or longer than bytes_max.
std::optional<std::vector<uint8_t>> decode_binary(std::string_view value, size_t bytes_max);
std::string encode_binary(ByteView bytes);  // 0x...

// A foreign value as it may be shown to people: control characters as '?', cut to 64 bytes.
std::string printable(std::string_view value);

// True for iqn., eui. and naa. names as RFC 7143 4.2.7 has them: lower case, no blanks, at most kIscsiNameBytesMax.
bool is_iscsi_name(std::string_view name);

}  // namespace laneway::iscsi
