#include "iscsi/text.h"

#include <array>
#include <charconv>

namespace laneway::iscsi {
namespace {

bool is_name_char(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit || std::string_view(".-+@_/#").find(c) != std::string_view::npos;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

bool starts_with_either(std::string_view value, char letter) {
  return value.size() >= 2 && value[0] == '0' && (value[1] | 0x20) == letter;
}

std::optional<std::vector<uint8_t>> decode_hex(std::string_view digits, size_t bytes_max) {
  if (digits.empty() || (digits.size() + 1) / 2 > bytes_max) return std::nullopt;
  std::vector<uint8_t> bytes;
  bytes.reserve((digits.size() + 1) / 2);
  // An odd number of digits has an implied zero in front.
  uint32_t pending = 0;
  bool is_half = digits.size() % 2 != 0;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    pending = pending << 4 | static_cast<uint32_t>(digit);
    if (is_half) bytes.push_back(static_cast<uint8_t>(pending));
    if (is_half) pending = 0;
    is_half = !is_half;
  }
  return bytes;
}

std::optional<std::vector<uint8_t>> decode_base64(std::string_view digits, size_t bytes_max) {
  for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding) digits.remove_suffix(1);
  if (digits.empty() || digits.size() % 4 == 1 || digits.size() / 4 * 3 > bytes_max) return std::nullopt;
  std::vector<uint8_t> bytes;
  bytes.reserve(digits.size() * 3 / 4);
  uint32_t pending = 0;
  uint32_t pending_bits = 0;
  for (const char c : digits) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    pending = (pending << 6 | static_cast<uint32_t>(digit)) & 0xffff;
    pending_bits += 6;
    if (pending_bits < 8) continue;
    pending_bits -= 8;
    bytes.push_back(static_cast<uint8_t>(pending >> pending_bits));
  }
  if (bytes.size() > bytes_max) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<TextKey> TextReader::next() {
  // Padding of some targets shows as empty pairs.
  while (rest_.starts_with('\0')) rest_.remove_prefix(1);
  if (rest_.empty() || is_malformed_) return std::nullopt;
  const size_t end = std::min(rest_.find('\0'), rest_.size());
  const std::string_view pair = rest_.substr(0, end);
  rest_.remove_prefix(end);

  const size_t equals = pair.find('=');
  is_malformed_ = equals == std::string_view::npos || equals == 0 || equals > kTextNameBytesMax ||
                  pair.size() - equals - 1 > kTextValueBytesMax;
  for (size_t i = 0; !is_malformed_ && i < equals; ++i) is_malformed_ = !is_name_char(pair[i]);
  if (is_malformed_) return std::nullopt;
  return TextKey{pair.substr(0, equals), pair.substr(equals + 1)};
}

void append_key(std::string& text, std::string_view name, std::string_view value) {
  text.append(name);
  text.push_back('=');
  text.append(value);
  text.push_back('\0');
}

void append_key(std::string& text, std::string_view name, uint64_t value) {
  append_key(text, name, std::string_view(std::to_string(value)));
}

std::optional<uint64_t> decode_number(std::string_view value) {
  const bool is_hex = starts_with_either(value, 'x');
  if (is_hex) value.remove_prefix(2);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number, is_hex ? 16 : 10);
  if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

std::optional<bool> decode_yes_no(std::string_view value) {
  if (value == "Yes") return true;
  if (value == "No") return false;
  return std::nullopt;
}

std::optional<std::vector<uint8_t>> decode_binary(std::string_view value, size_t bytes_max) {
  if (starts_with_either(value, 'x')) return decode_hex(value.substr(2), bytes_max);
  if (starts_with_either(value, 'b')) return decode_base64(value.substr(2), bytes_max);
  return std::nullopt;
}

std::string encode_binary(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string printable(std::string_view value) {
  constexpr size_t kShownBytesMax = 64;
  std::string text(value.substr(0, kShownBytesMax));
  for (char& c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return text;
}

bool is_iscsi_name(std::string_view name) {
  const bool has_type = name.starts_with("iqn.") || name.starts_with("eui.") || name.starts_with("naa.");
  if (!has_type || name.size() < 5 || name.size() > kIscsiNameBytesMax) return false;
  for (const char c : name) {
    const auto byte = static_cast<uint8_t>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
    // Upper case is against the letter of RFC 3722 and met in the field; so is the underscore.
    const bool is_met = (c >= 'A' && c <= 'Z') || c == '_' || byte >= 0x80;
    if (!is_plain && !is_met) return false;
  }
  return true;
}

}  // namespace laneway::iscsi
