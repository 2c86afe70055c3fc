#include "scsi/inquiry.h"

#include <algorithm>
#include <string_view>

namespace laneway::scsi {
namespace {

constexpr size_t kStandardBytesMin = 36;
constexpr size_t kPageHeaderBytes = 4;
constexpr size_t kBlockLimitsBytesMin = 12;  // of the page's content; later standards appended to it
constexpr size_t kProvisioningBytesMin = 4;

// Printable ASCII without blanks around it.
std::string clean_text(ByteView bytes) {
  std::string text(text_of(bytes));
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = ' ';
  }
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The content of a VPD page (SPC-5 7.7.2), cut to what was read.
Result<ByteView> page_content(ByteView bytes, VpdPage page) {
  if (bytes.size() < kPageHeaderBytes) {
    return fail(ErrorCode::protocol, "the disk's VPD page {:02x} is cut off after {} bytes", static_cast<uint8_t>(page),
                bytes.size());
  }
  if (bytes[1] != static_cast<uint8_t>(page)) {
    return fail(ErrorCode::protocol, "the disk answered with VPD page {:02x} where {:02x} was asked for", bytes[1],
                static_cast<uint8_t>(page));
  }
  const size_t length = load_be<uint16_t>(bytes, 2);
  return bytes.subspan(kPageHeaderBytes, std::min(length, bytes.size() - kPageHeaderBytes));
}

}  // namespace

Result<StandardInquiry> decode_standard_inquiry(ByteView bytes) {
  if (bytes.size() < kStandardBytesMin) {
    return fail(ErrorCode::protocol, "the disk's INQUIRY data is cut off after {} bytes", bytes.size());
  }
  return StandardInquiry{.qualifier = static_cast<uint8_t>(bytes[0] >> 5),
                         .device_type = static_cast<uint8_t>(bytes[0] & 0x1f),
                         .version = bytes[2],
                         .has_command_queuing = (bytes[7] & 0x02) != 0,
                         .target_port_groups = static_cast<uint8_t>(bytes[5] >> 4 & 3),
                         .vendor = clean_text(bytes.subspan(8, 8)),
                         .product = clean_text(bytes.subspan(16, 16)),
                         .revision = clean_text(bytes.subspan(32, 4))};
}

Result<std::vector<uint8_t>> decode_supported_pages(ByteView bytes) {
  auto content = page_content(bytes, VpdPage::supported_pages);
  if (!content) return pass_on(content);
  return std::vector<uint8_t>(content->begin(), content->end());
}

Result<std::string> decode_unit_serial_number(ByteView bytes) {
  auto content = page_content(bytes, VpdPage::unit_serial_number);
  if (!content) return pass_on(content);
  return clean_text(*content);
}

Result<BlockLimits> decode_block_limits(ByteView bytes) {
  auto content = page_content(bytes, VpdPage::block_limits);
  if (!content) return pass_on(content);
  if (content->size() < kBlockLimitsBytesMin)
    return fail(ErrorCode::protocol, "the disk's block limits page is too short");
  BlockLimits limits;
  // Offsets of SBC-4 6.6.4 less the page header. Older disks end the page early.
  const ByteView page = *content;
  limits.is_write_same_zero_refused = (page[0] & 0x01) != 0;
  limits.optimal_granularity_blocks = load_be<uint16_t>(page, 2);
  limits.max_transfer_blocks = load_be<uint32_t>(page, 4);
  limits.optimal_transfer_blocks = load_be<uint32_t>(page, 8);
  if (page.size() < 32) return limits;
  limits.max_unmap_blocks = load_be<uint32_t>(page, 16);
  limits.max_unmap_ranges = load_be<uint32_t>(page, 20);
  limits.unmap_granularity_blocks = load_be<uint32_t>(page, 24);
  const uint32_t alignment = load_be<uint32_t>(page, 28);
  if ((alignment & 0x80000000u) != 0) limits.unmap_alignment_blocks = alignment & 0x7fffffffu;
  if (page.size() >= 40) limits.max_write_same_blocks = load_be<uint64_t>(page, 32);
  return limits;
}

Result<Provisioning> decode_provisioning(ByteView bytes) {
  auto content = page_content(bytes, VpdPage::logical_block_provisioning);
  if (!content) return pass_on(content);
  if (content->size() < kProvisioningBytesMin)
    return fail(ErrorCode::protocol, "the disk's provisioning page is too short");
  const ByteView page = *content;
  return Provisioning{.has_unmap = (page[1] & 0x80) != 0,
                      .has_write_same_16_unmap = (page[1] & 0x40) != 0,
                      .reads_zero_when_unmapped = static_cast<uint8_t>(page[1] >> 2 & 7),
                      .type = static_cast<uint8_t>(page[2] & 7)};
}

}  // namespace laneway::scsi
