#pragma once
// Logical unit numbers as SAM-5 4.7 puts them into eight bytes. Everywhere in the project a LUN field travels as those
// bytes read as one big-endian number; people see the plain number. Any thread.

#include <cstdint>
#include <optional>

namespace laneway::scsi {

constexpr uint32_t kLunNumberMax = 0x3fff;

// Peripheral device addressing below 256, flat space addressing above (SAM-5 4.7.7).
constexpr uint64_t encode_lun(uint32_t number) {
  if (number < 256) return uint64_t{number} << 48;
  return (uint64_t{0x4000} | (number & kLunNumberMax)) << 48;
}

// The plain number of a LUN field in peripheral (bus 0) or flat addressing; nothing for other methods or deeper levels.
constexpr std::optional<uint32_t> decode_lun(uint64_t field) {
  if ((field & 0x0000ffffffffffffu) != 0) return std::nullopt;
  const uint32_t first_level = static_cast<uint32_t>(field >> 48);
  if ((first_level & 0xff00) == 0) return first_level;
  if ((first_level & 0xc000) == 0x4000) return first_level & kLunNumberMax;
  return std::nullopt;
}

}  // namespace laneway::scsi
