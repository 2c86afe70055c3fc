#include "target/wire.h"

namespace laneway::fake {

namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ 0x82f63b78u : value >> 1;
    table[i] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = make_crc_table();

constexpr size_t padded(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

// Digests travel least significant byte first (RFC 7143 13.1 with the CRC's bit order).
void append_digest(Bytes& out, uint32_t crc, bool is_spoilt) {
  if (is_spoilt) crc ^= 0x5a5a5a5a;
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<uint8_t>(crc >> shift));
}

}  // namespace

uint32_t crc32c(ByteView bytes) {
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : bytes) crc = kCrcTable[(crc ^ byte) & 0xff] ^ (crc >> 8);
  return ~crc;
}

CutPdu cut_pdu(ByteView stream, Digests digests, uint32_t payload_max) {
  CutPdu cut;
  if (stream.size() < kHeaderBytes) return cut;
  const size_t ahs_bytes = size_t{stream[4]} * 4;
  const uint32_t payload_bytes = load_be24(stream, 5);
  const size_t header_end = kHeaderBytes + ahs_bytes;
  const size_t payload_start = header_end + (digests.has_header ? 4 : 0);
  if (stream.size() < payload_start) return cut;
  if (digests.has_header && load_le<uint32_t>(stream, header_end) != crc32c(stream.first(header_end))) {
    cut.outcome = Cut::bad_header_digest;
    return cut;
  }
  if (payload_bytes > payload_max) {
    cut.outcome = Cut::too_long;
    return cut;
  }
  const size_t payload_end = payload_start + padded(payload_bytes);
  const bool has_digest = digests.has_payload && payload_bytes > 0;
  if (stream.size() < payload_end + (has_digest ? 4 : 0)) return cut;
  cut.taken_bytes = payload_end + (has_digest ? 4 : 0);
  cut.pdu = {stream.first(kHeaderBytes), stream.subspan(payload_start, payload_bytes)};
  cut.outcome = Cut::whole;
  if (has_digest) {
    const uint32_t crc = crc32c(stream.subspan(payload_start, padded(payload_bytes)));
    if (load_le<uint32_t>(stream, payload_end) != crc) cut.outcome = Cut::bad_payload_digest;
  }
  return cut;
}

void append_pdu(Bytes& out, const Header& header, ByteView payload, Digests digests, Spoil spoil) {
  const size_t start = out.size();
  out.insert(out.end(), header.bytes().begin(), header.bytes().end());
  store_be24(out, start + 5, static_cast<uint32_t>(payload.size()));
  if (digests.has_header)
    append_digest(out, crc32c(ByteView(out).subspan(start, kHeaderBytes)), spoil.is_header_digest);
  if (payload.empty()) return;
  const size_t payload_start = out.size();
  out.insert(out.end(), payload.begin(), payload.end());
  out.resize(payload_start + padded(payload.size()));
  if (digests.has_payload) append_digest(out, crc32c(ByteView(out).subspan(payload_start)), spoil.is_payload_digest);
}

void append_header(Bytes& out, const Header& header, size_t payload_bytes) {
  const size_t start = out.size();
  out.insert(out.end(), header.bytes().begin(), header.bytes().end());
  store_be24(out, start + 5, static_cast<uint32_t>(payload_bytes));
}

uint64_t decode_lun(uint64_t field) {
  const uint64_t method = field >> 62;  // peripheral (0) and flat (1) addressing
  return method <= 1 && (field & 0xffffffffffff) == 0 ? field >> 48 & 0x3fff : UINT64_MAX;
}

bool read_text(ByteView text, TextPairs& out) {
  std::string_view rest = text_of(text);
  while (!rest.empty()) {
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos) return false;
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    out.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return true;
}

void append_text(Bytes& out, std::string_view key, std::string_view value) {
  out.insert(out.end(), key.begin(), key.end());
  out.push_back('=');
  out.insert(out.end(), value.begin(), value.end());
  out.push_back(0);
}

const std::string* find_text(const TextPairs& pairs, std::string_view key) {
  for (const auto& [name, value] : pairs) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace laneway::fake
