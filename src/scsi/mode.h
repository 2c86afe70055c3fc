#pragma once
// MODE SENSE (6) and (10) parameter data: write protection and the write cache (SPC-5 7.5, SBC-4 6.5.6), decoded from
// bytes of the target. Any thread.

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace laneway::scsi {

constexpr uint8_t kModePageCaching = 0x08;
constexpr uint8_t kModePageAll = 0x3f;

struct ModeSense {
  bool is_write_protected = false;      // WP of the device-specific parameter
  bool has_dpo_fua = false;             // DPOFUA: FUA is honoured
  std::optional<bool> has_write_cache;  // WCE, where the caching page is there
};

Result<ModeSense> decode_mode_sense_6(ByteView bytes);
Result<ModeSense> decode_mode_sense_10(ByteView bytes);

}  // namespace laneway::scsi
