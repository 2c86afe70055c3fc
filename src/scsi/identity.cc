#include "scsi/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace laneway::scsi {
namespace {

constexpr size_t kPageHeaderBytes = 4;
constexpr size_t kDesignatorHeaderBytes = 4;
constexpr uint8_t kPage = 0x83;
constexpr uint8_t kLogicalUnit = 0;  // association

std::string hex_text(ByteView bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// Text of the disk that becomes part of a name: no control characters or blanks in it, none at its end.
std::string plain_text(ByteView bytes) {
  std::string text(text_of(bytes));
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte <= ' ' || byte == 0x7f) c = '_';
  }
  return text;
}

// Lower is better; 0xff: does not identify.
uint8_t rank(DesignatorKind kind) {
  switch (kind) {
    case DesignatorKind::naa:
      return 0;
    case DesignatorKind::eui64:
      return 1;
    case DesignatorKind::scsi_name:
      return 2;
    case DesignatorKind::t10_vendor_id:
      return 3;
    default:
      return 0xff;
  }
}

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

bool is_better(const Designator& a, const Designator& b) {
  if (rank(a.kind) != rank(b.kind)) return rank(a.kind) < rank(b.kind);
  if (a.bytes.size() != b.bytes.size()) return a.bytes.size() > b.bytes.size();
  return a.bytes < b.bytes;  // the order of the page is the disk's whim
}

}  // namespace

Result<std::vector<Designator>> decode_designators(ByteView bytes) {
  if (bytes.size() < kPageHeaderBytes || bytes[1] != kPage) {
    return fail(ErrorCode::protocol, "the disk's identification page (VPD 83) is malformed");
  }
  const size_t length = load_be<uint16_t>(bytes, 2);
  if (length > bytes.size() - kPageHeaderBytes) {
    return fail(ErrorCode::protocol, "the disk's identification page (VPD 83) is cut off: {} bytes of {}",
                bytes.size() - kPageHeaderBytes, length);
  }
  std::vector<Designator> designators;
  ByteView rest = bytes.subspan(kPageHeaderBytes, length);
  while (rest.size() >= kDesignatorHeaderBytes) {
    const size_t size = rest[3];
    if (size > rest.size() - kDesignatorHeaderBytes) {
      return fail(ErrorCode::protocol, "the disk's identification page (VPD 83) has a designator longer than the page");
    }
    const ByteView value = rest.subspan(kDesignatorHeaderBytes, size);
    designators.push_back({.kind = static_cast<DesignatorKind>(rest[1] & 0x0f),
                           .code_set = static_cast<uint8_t>(rest[0] & 0x0f),
                           .association = static_cast<uint8_t>(rest[1] >> 4 & 3),
                           .bytes = {value.begin(), value.end()}});
    rest = rest.subspan(kDesignatorHeaderBytes + size);
  }
  return designators;
}

std::string choose_identity(const std::vector<Designator>& designators) {
  const Designator* best = nullptr;
  for (const Designator& designator : designators) {
    const bool can_identify = designator.association == kLogicalUnit && rank(designator.kind) != 0xff &&
                              !designator.bytes.empty() && !is_zero(designator.bytes);
    if (can_identify && (best == nullptr || is_better(designator, *best))) best = &designator;
  }
  return best == nullptr ? std::string() : designator_text(*best);
}

std::string designator_text(const Designator& designator) {
  switch (designator.kind) {
    case DesignatorKind::naa:
      return "naa." + hex_text(designator.bytes);
    case DesignatorKind::eui64:
      return "eui." + hex_text(designator.bytes);
    case DesignatorKind::scsi_name:
      return plain_text(designator.bytes);
    case DesignatorKind::t10_vendor_id:
      return "t10." + plain_text(designator.bytes);
    default:
      return fmt::format("designator{}.{}", static_cast<uint8_t>(designator.kind), hex_text(designator.bytes));
  }
}

}  // namespace laneway::scsi
