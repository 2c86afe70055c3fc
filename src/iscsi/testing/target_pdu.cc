#include "iscsi/testing/target_pdu.h"

#include <algorithm>

#include "iscsi/crc32c.h"
#include "iscsi/text.h"

namespace laneway::iscsi::testing {
namespace {

void append_digest(std::vector<uint8_t>& bytes, size_t covered_from) {
  const uint32_t digest = crc32c(ByteView(bytes).subspan(covered_from));
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(digest >> shift));
}

}  // namespace

std::vector<uint8_t> TargetPdu::encode(bool has_header_digest, bool has_data_digest) const {
  std::vector<uint8_t> bytes(bhs.begin(), bhs.end());
  store_be24(bytes, 5, static_cast<uint32_t>(data.size()));
  bytes.insert(bytes.end(), ahs.begin(), ahs.end());
  if (has_header_digest) append_digest(bytes, 0);
  const size_t data_from = bytes.size();
  bytes.insert(bytes.end(), data.begin(), data.end());
  bytes.resize(data_from + padded(data.size()));
  if (has_data_digest && !data.empty()) append_digest(bytes, data_from);
  return bytes;
}

bool decode_sent(std::vector<uint8_t>& bytes, bool has_header_digest, bool has_data_digest, std::vector<SentPdu>& out) {
  while (bytes.size() >= kBhsBytes) {
    const size_t data_bytes = load_be24(bytes, 5);
    const size_t header_bytes = kBhsBytes + (has_header_digest ? 4u : 0u);
    const bool has_digest = has_data_digest && data_bytes > 0;
    const size_t whole_bytes = header_bytes + padded(data_bytes) + (has_digest ? 4u : 0u);
    if (bytes.size() < whole_bytes) return true;
    const ByteView all(bytes);
    if (has_header_digest && crc32c(all.first(kBhsBytes)) != load_le<uint32_t>(all, kBhsBytes)) return false;
    const ByteView payload = all.subspan(header_bytes, padded(data_bytes));
    if (has_digest && crc32c(payload) != load_le<uint32_t>(all, header_bytes + payload.size())) return false;
    const ByteView padding = payload.subspan(data_bytes);
    if (std::any_of(padding.begin(), padding.end(), [](uint8_t byte) { return byte != 0; })) return false;
    SentPdu pdu;
    std::copy_n(all.begin(), kBhsBytes, pdu.bhs.begin());
    pdu.data.assign(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(data_bytes));
    out.push_back(std::move(pdu));
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole_bytes));
  }
  return true;
}

std::map<std::string, std::string> keys_of(const std::string& text) {
  std::map<std::string, std::string> keys;
  TextReader reader(text);
  while (const auto key = reader.next()) keys.emplace(key->name, key->value);
  return keys;
}

}  // namespace laneway::iscsi::testing
