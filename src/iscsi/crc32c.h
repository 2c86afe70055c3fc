#pragma once
// CRC32C, the digest of iSCSI headers and data (RFC 7143 13.1), by the CPU's instruction where it has one, else by
// tables. The digest travels in little-endian byte order. Any thread.

#include <cstdint>

#include "base/bytes.h"

namespace laneway::iscsi {

constexpr size_t kDigestBytes = 4;

class Crc32c {
 public:
  void update(ByteView bytes);
  uint32_t value() const { return ~state_; }

 private:
  uint32_t state_ = ~uint32_t{0};
};

inline uint32_t crc32c(ByteView bytes) {
  Crc32c crc;
  crc.update(bytes);
  return crc.value();
}

// One step of the state by tables and by the instruction; the second may be called where has_crc32c_instruction() only.
// For tests, which compare them.
uint32_t crc32c_by_table(uint32_t state, ByteView bytes);
uint32_t crc32c_by_instruction(uint32_t state, ByteView bytes);
bool has_crc32c_instruction();

}  // namespace laneway::iscsi
