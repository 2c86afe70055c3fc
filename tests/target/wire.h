#pragma once
// The wire of iSCSI as the fake target speaks it (RFC 7143 clause 11): header fields, digests, cutting PDUs out of a
// byte stream and appending them to one. Shares nothing with the engine's initiator, so that a misreading of the
// standard on one side shows on the other. Any thread.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace laneway::fake {

using Bytes = std::vector<uint8_t>;

constexpr size_t kHeaderBytes = 48;
constexpr uint32_t kNoTag = 0xffffffff;

enum class Op : uint8_t {
  nop_out = 0x00,
  command = 0x01,
  task_management = 0x02,
  login = 0x03,
  text = 0x04,
  data_out = 0x05,
  logout = 0x06,
  nop_in = 0x20,
  response = 0x21,
  task_management_response = 0x22,
  login_response = 0x23,
  text_response = 0x24,
  data_in = 0x25,
  logout_response = 0x26,
  r2t = 0x31,
  async = 0x32,
  reject = 0x3f,
};

struct Digests {
  bool has_header = false;
  bool has_payload = false;
};

uint32_t crc32c(ByteView bytes);

// A basic header segment to send: zero but for what is set.
class Header {
 public:
  explicit Header(Op op) { bytes_[0] = static_cast<uint8_t>(op); }
  Header& u8(size_t offset, unsigned value) {
    bytes_[offset] = static_cast<uint8_t>(value);
    return *this;
  }
  Header& u16(size_t offset, uint16_t value) {
    store_be<uint16_t>(bytes_, offset, value);
    return *this;
  }
  Header& u32(size_t offset, uint32_t value) {
    store_be<uint32_t>(bytes_, offset, value);
    return *this;
  }
  Header& u64(size_t offset, uint64_t value) {
    store_be<uint64_t>(bytes_, offset, value);
    return *this;
  }
  ByteView bytes() const { return bytes_; }

 private:
  std::array<uint8_t, kHeaderBytes> bytes_{};
};

// A PDU inside somebody's buffer.
struct PduView {
  ByteView header;
  ByteView payload;  // the data segment without padding

  Op op() const { return static_cast<Op>(header[0] & 0x3f); }
  bool is_immediate() const { return (header[0] & 0x40) != 0; }
  uint8_t u8(size_t offset) const { return header[offset]; }
  uint16_t u16(size_t offset) const { return load_be<uint16_t>(header, offset); }
  uint32_t u32(size_t offset) const { return load_be<uint32_t>(header, offset); }
  uint64_t u64(size_t offset) const { return load_be<uint64_t>(header, offset); }
};

enum class Cut : uint8_t { incomplete, whole, bad_header_digest, bad_payload_digest, too_long };

struct CutPdu {
  Cut outcome = Cut::incomplete;
  size_t taken_bytes = 0;  // of the stream, with padding and digests
  PduView pdu;
};

// Takes the PDU at the start of `stream`; a payload longer than payload_max is refused.
CutPdu cut_pdu(ByteView stream, Digests digests, uint32_t payload_max);

// What a scripted fault spoils of a PDU.
struct Spoil {
  bool is_header_digest = false;
  bool is_payload_digest = false;
};

// Appends header, payload, padding and digests; fills in the data segment length.
void append_pdu(Bytes& out, const Header& header, ByteView payload, Digests digests, Spoil spoil = {});

// Appends only a header that announces a payload of so many bytes; for payload that is sent from where it is, no
// digests.
void append_header(Bytes& out, const Header& header, size_t payload_bytes);

// The LUN that an 8-byte LUN field names; UINT64_MAX where it is none of ours.
uint64_t decode_lun(uint64_t field);

// key=value pairs of login and text PDUs, in their order.
using TextPairs = std::vector<std::pair<std::string, std::string>>;
// False where the text is not a sequence of key=value, each ended by a zero byte.
bool read_text(ByteView text, TextPairs& out);
void append_text(Bytes& out, std::string_view key, std::string_view value);
// Null where the key is not there.
const std::string* find_text(const TextPairs& pairs, std::string_view key);

}  // namespace laneway::fake
