#pragma once
// CHAP on the target's side (RFC 1994 as RFC 7143 clause 12.1.3 uses it): answers, comparison, and the hex and base64
// of login keys. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "target/wire.h"

namespace laneway::fake {

// The response to a challenge; empty where the algorithm is not known. 5 MD5, 6 SHA-1, 7 SHA-256.
Bytes chap_response(int algorithm, uint8_t identifier, std::string_view secret, ByteView challenge);
std::string encode_hex(ByteView bytes);
// 0x... or 0b...
std::optional<Bytes> decode_binary(std::string_view text);

}  // namespace laneway::fake
