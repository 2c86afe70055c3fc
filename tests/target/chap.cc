#include "target/chap.h"

#include <openssl/evp.h>

namespace laneway::fake {

namespace {

const EVP_MD* digest_of(int algorithm) {
  switch (algorithm) {
    case 5:
      return EVP_md5();
    case 6:
      return EVP_sha1();
    case 7:
      return EVP_sha256();
    default:
      return nullptr;
  }
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<Bytes> decode_hex(std::string_view digits) {
  Bytes bytes;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]);
    const int low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return bytes;
}

int base64_value(char digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9') return digit - '0' + 52;
  if (digit == '+') return 62;
  return digit == '/' ? 63 : -1;
}

std::optional<Bytes> decode_base64(std::string_view digits) {
  while (digits.ends_with('=')) digits.remove_suffix(1);
  Bytes bytes;
  uint32_t window = 0;
  int bits = 0;
  for (const char digit : digits) {
    const int value = base64_value(digit);
    if (value < 0) return std::nullopt;
    window = window << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<uint8_t>(window >> bits));
  }
  return bytes;
}

}  // namespace

Bytes chap_response(int algorithm, uint8_t identifier, std::string_view secret, ByteView challenge) {
  const EVP_MD* digest = digest_of(algorithm);
  if (digest == nullptr) return {};
  Bytes message = {identifier};
  message.insert(message.end(), secret.begin(), secret.end());
  message.insert(message.end(), challenge.begin(), challenge.end());
  Bytes response(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  if (EVP_Digest(message.data(), message.size(), response.data(), &length, digest, nullptr) != 1) return {};
  response.resize(length);
  return response;
}

std::string encode_hex(ByteView bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::optional<Bytes> decode_binary(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return decode_hex(text.substr(2));
  if (text.starts_with("0b") || text.starts_with("0B")) return decode_base64(text.substr(2));
  return std::nullopt;
}

}  // namespace laneway::fake
