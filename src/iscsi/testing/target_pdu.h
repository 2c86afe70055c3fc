#pragma once
// TargetPdu is a PDU as a scripted target sends it, SentPdu one as it gets it from a Session: plain fields at plain
// offsets, so that tests can put any number anywhere. For tests and fuzzers.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "iscsi/pdu.h"

namespace laneway::iscsi::testing {

struct TargetPdu {
  std::array<uint8_t, kBhsBytes> bhs{};
  std::vector<uint8_t> ahs;  // whole words
  std::vector<uint8_t> data;

  explicit TargetPdu(Opcode opcode, uint8_t flags = 0x80) {
    bhs[0] = static_cast<uint8_t>(opcode);
    bhs[1] = flags;
  }
  TargetPdu& set8(size_t offset, uint8_t value) {
    bhs[offset] = value;
    return *this;
  }
  TargetPdu& set16(size_t offset, uint16_t value) {
    store_be<uint16_t>(bhs, offset, value);
    return *this;
  }
  TargetPdu& set32(size_t offset, uint32_t value) {
    store_be<uint32_t>(bhs, offset, value);
    return *this;
  }
  TargetPdu& set_lun(uint64_t lun) {
    store_be<uint64_t>(bhs, 8, lun);
    return *this;
  }
  TargetPdu& set_data(ByteView bytes) {
    data.assign(bytes.begin(), bytes.end());
    return *this;
  }
  TargetPdu& set_text(std::string_view text) { return set_data(bytes_of_text(text)); }
  TargetPdu& set_ahs(size_t bytes) {
    ahs.assign(bytes, 0xa5);
    bhs[4] = static_cast<uint8_t>(bytes / 4);
    return *this;
  }

  // As on the wire, with digests where asked for.
  std::vector<uint8_t> encode(bool has_header_digest = false, bool has_data_digest = false) const;
};

struct SentPdu {
  std::array<uint8_t, kBhsBytes> bhs{};
  std::vector<uint8_t> data;

  Opcode opcode() const { return static_cast<Opcode>(bhs[0] & 0x3f); }
  bool is_immediate() const { return (bhs[0] & 0x40) != 0; }
  bool is_final() const { return (bhs[1] & 0x80) != 0; }
  uint8_t flags() const { return bhs[1]; }
  uint64_t lun() const { return load_be<uint64_t>(bhs, 8); }
  uint32_t tag() const { return at32(16); }
  uint32_t at32(size_t offset) const { return load_be<uint32_t>(bhs, offset); }
  std::string_view text() const { return text_of(data); }
};

// Cuts what a Session sent into PDUs and checks padding and digests; whole PDUs are taken off the front of `bytes`.
// False where a digest or padding is wrong.
bool decode_sent(std::vector<uint8_t>& bytes, bool has_header_digest, bool has_data_digest, std::vector<SentPdu>& out);

// Name and value of each key of a text.
std::map<std::string, std::string> keys_of(const std::string& text);

}  // namespace laneway::iscsi::testing
