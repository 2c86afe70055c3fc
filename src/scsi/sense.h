#pragma once
// Sense data (SPC-5 4.4) in fixed and descriptor format as the few numbers that decide what happens next. Decoded from
// bytes of the target; bounded by them. Any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace laneway::scsi {

enum class SenseKey : uint8_t {
  no_sense = 0x0,
  recovered_error = 0x1,
  not_ready = 0x2,
  medium_error = 0x3,
  hardware_error = 0x4,
  illegal_request = 0x5,
  unit_attention = 0x6,
  data_protect = 0x7,
  blank_check = 0x8,
  vendor_specific = 0x9,
  copy_aborted = 0xa,
  aborted_command = 0xb,
  reserved = 0xc,
  volume_overflow = 0xd,
  miscompare = 0xe,
  completed = 0xf,
};

struct Sense {
  SenseKey key = SenseKey::no_sense;
  uint8_t asc = 0;                      // additional sense code
  uint8_t ascq = 0;                     // its qualifier
  bool is_deferred = false;             // about an earlier command, not the one answered
  std::optional<uint64_t> information;  // usually the first bad LBA

  constexpr uint16_t code() const { return static_cast<uint16_t>(asc << 8 | ascq); }
};

// Nothing where the bytes are no sense data (unknown response code, too short).
std::optional<Sense> decode_sense(ByteView bytes);

// For people: "unit attention 29/00 (power on or reset)".
std::string describe_sense(const Sense& sense);

}  // namespace laneway::scsi
