#include "scsi/sense.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace laneway::scsi {
namespace {

constexpr uint8_t kFixedCurrent = 0x70;
constexpr uint8_t kFixedDeferred = 0x71;
constexpr uint8_t kDescriptorCurrent = 0x72;
constexpr uint8_t kDescriptorDeferred = 0x73;
constexpr uint8_t kInformationDescriptor = 0x00;

// SPC-5 4.4.3. The key is enough; a target may leave off what follows.
std::optional<Sense> decode_fixed(ByteView bytes) {
  if (bytes.size() < 3) return std::nullopt;
  Sense sense;
  sense.key = static_cast<SenseKey>(bytes[2] & 0x0f);
  if ((bytes[0] & 0x80) != 0 && bytes.size() >= 7) sense.information = load_be<uint32_t>(bytes, 3);
  if (bytes.size() < 8) return sense;
  const size_t end = std::min(bytes.size(), size_t{8} + bytes[7]);
  if (end > 12) sense.asc = bytes[12];
  if (end > 13) sense.ascq = bytes[13];
  return sense;
}

// SPC-5 4.4.2
std::optional<Sense> decode_descriptors(ByteView bytes) {
  if (bytes.size() < 4) return std::nullopt;
  Sense sense;
  sense.key = static_cast<SenseKey>(bytes[1] & 0x0f);
  sense.asc = bytes[2];
  sense.ascq = bytes[3];
  if (bytes.size() < 8) return sense;
  ByteView rest = bytes.subspan(8, std::min<size_t>(bytes.size() - 8, bytes[7]));
  while (rest.size() >= 2) {
    const size_t length = size_t{2} + rest[1];
    if (length > rest.size()) break;
    const bool is_valid = length >= 12 && (rest[2] & 0x80) != 0;
    if (rest[0] == kInformationDescriptor && is_valid) sense.information = load_be<uint64_t>(rest, 4);
    rest = rest.subspan(length);
  }
  return sense;
}

std::string_view key_name(SenseKey key) {
  constexpr std::string_view kNames[] = {"no sense",       "recovered error", "not ready",      "medium error",
                                         "hardware error", "illegal request", "unit attention", "data protect",
                                         "blank check",    "vendor specific", "copy aborted",   "aborted command",
                                         "reserved",       "volume overflow", "miscompare",     "completed"};
  return kNames[static_cast<uint8_t>(key) & 0x0f];
}

struct CodeName {
  uint16_t code;
  std::string_view name;
};

// The codes that operators of virtual machines meet.
constexpr CodeName kCodeNames[] = {
    {0x0401, "becoming ready"},
    {0x0402, "start command required"},
    {0x0403, "manual intervention required"},
    {0x040a, "asymmetric access state transition"},
    {0x040b, "target port in standby"},
    {0x040c, "target port unavailable"},
    {0x0c00, "write error"},
    {0x1100, "unrecovered read error"},
    {0x1d00, "miscompare during verify"},
    {0x2000, "invalid command"},
    {0x2100, "LBA out of range"},
    {0x2400, "invalid field in CDB"},
    {0x2500, "logical unit not supported"},
    {0x2600, "invalid field in parameter list"},
    {0x2700, "write protected"},
    {0x2707, "space allocation failed, write protect"},
    {0x2900, "power on or reset"},
    {0x2907, "I_T nexus loss"},
    {0x2a01, "mode parameters changed"},
    {0x2a06, "asymmetric access state changed"},
    {0x2a09, "capacity data changed"},
    {0x2f00, "commands cleared by another initiator"},
    {0x3807, "thin provisioning soft threshold reached"},
    {0x3a00, "medium not present"},
    {0x3f03, "inquiry data changed"},
    {0x3f05, "device identifier changed"},
    {0x3f0e, "reported LUNs data changed"},
    {0x4400, "internal target failure"},
};

std::string_view code_name(uint16_t code) {
  const auto* known = std::find_if(std::begin(kCodeNames), std::end(kCodeNames),
                                   [code](const CodeName& entry) { return entry.code == code; });
  return known == std::end(kCodeNames) ? std::string_view() : known->name;
}

}  // namespace

std::optional<Sense> decode_sense(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  const uint8_t response_code = bytes[0] & 0x7f;
  std::optional<Sense> sense;
  if (response_code == kFixedCurrent || response_code == kFixedDeferred) sense = decode_fixed(bytes);
  if (response_code == kDescriptorCurrent || response_code == kDescriptorDeferred) sense = decode_descriptors(bytes);
  if (sense) sense->is_deferred = response_code == kFixedDeferred || response_code == kDescriptorDeferred;
  return sense;
}

std::string describe_sense(const Sense& sense) {
  const std::string_view name = code_name(sense.code());
  std::string text = fmt::format("{} {:02x}/{:02x}", key_name(sense.key), sense.asc, sense.ascq);
  if (!name.empty()) text += fmt::format(" ({})", name);
  if (sense.is_deferred) text += ", about an earlier command";
  return text;
}

}  // namespace laneway::scsi
