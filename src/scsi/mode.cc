#include "scsi/mode.h"

#include <algorithm>

namespace laneway::scsi {
namespace {

constexpr uint8_t kPageCodeMask = 0x3f;
constexpr uint8_t kSubpageFormat = 0x40;
constexpr uint8_t kWriteCacheEnabled = 0x04;  // of the caching page's byte 2

// The pages (SPC-5 7.5.7) behind header and block descriptors.
std::optional<bool> find_write_cache(ByteView pages) {
  while (pages.size() >= 2) {
    const bool is_subpage = (pages[0] & kSubpageFormat) != 0;
    if (is_subpage && pages.size() < 4) return std::nullopt;
    const size_t length = is_subpage ? size_t{4} + load_be<uint16_t>(pages, 2) : size_t{2} + pages[1];
    const bool is_caching = !is_subpage && (pages[0] & kPageCodeMask) == kModePageCaching;
    if (is_caching && pages.size() >= 3) return (pages[2] & kWriteCacheEnabled) != 0;
    if (length > pages.size()) return std::nullopt;
    pages = pages.subspan(length);
  }
  return std::nullopt;
}

struct Layout {
  size_t header_bytes;
  size_t data_bytes;  // in all, as the header says
  size_t descriptor_bytes;
  uint8_t device_specific;
};

Result<ModeSense> decode(ByteView bytes, const Layout& layout) {
  ModeSense mode{.is_write_protected = (layout.device_specific & 0x80) != 0,
                 .has_dpo_fua = (layout.device_specific & 0x10) != 0,
                 .has_write_cache = std::nullopt};
  const ByteView whole = bytes.first(std::min(bytes.size(), layout.data_bytes));
  const size_t pages_offset = layout.header_bytes + layout.descriptor_bytes;
  if (pages_offset <= whole.size()) mode.has_write_cache = find_write_cache(whole.subspan(pages_offset));
  return mode;
}

}  // namespace

Result<ModeSense> decode_mode_sense_6(ByteView bytes) {
  if (bytes.size() < 4)
    return fail(ErrorCode::protocol, "the disk's MODE SENSE data is cut off after {} bytes", bytes.size());
  return decode(bytes, {.header_bytes = 4,
                        .data_bytes = size_t{bytes[0]} + 1,
                        .descriptor_bytes = bytes[3],
                        .device_specific = bytes[2]});
}

Result<ModeSense> decode_mode_sense_10(ByteView bytes) {
  if (bytes.size() < 8)
    return fail(ErrorCode::protocol, "the disk's MODE SENSE data is cut off after {} bytes", bytes.size());
  return decode(bytes, {.header_bytes = 8,
                        .data_bytes = size_t{load_be<uint16_t>(bytes, 0)} + 2,
                        .descriptor_bytes = load_be<uint16_t>(bytes, 6),
                        .device_specific = bytes[3]});
}

}  // namespace laneway::scsi
