#include "scsi/port_groups.h"

#include <algorithm>

namespace laneway::scsi {

namespace {

constexpr size_t kHeaderBytes = 4;
constexpr size_t kGroupBytes = 8;
constexpr size_t kPortBytes = 4;
constexpr uint8_t kTargetPort = 1;  // association

AccessState state_of(uint8_t nibble) {
  switch (nibble) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 0xe:
    case 0xf:
      return static_cast<AccessState>(nibble);
    default:
      return AccessState::unavailable;
  }
}

}  // namespace

std::string_view access_state_name(AccessState state) {
  switch (state) {
    case AccessState::optimized:
      return "optimized";
    case AccessState::non_optimized:
      return "non-optimized";
    case AccessState::standby:
      return "standby";
    case AccessState::unavailable:
      return "unavailable";
    case AccessState::lba_dependent:
      return "lba-dependent";
    case AccessState::offline:
      return "offline";
    case AccessState::transitioning:
      return "transitioning";
  }
  return "unavailable";
}

Cdb encode_report_target_port_groups(uint32_t bytes) {
  Cdb cdb{};
  cdb[0] = 0xa3;
  cdb[1] = 0x0a;
  store_be<uint32_t>(cdb, 6, bytes);
  return cdb;
}

Result<std::vector<PortGroup>> decode_port_groups(ByteView bytes) {
  if (bytes.size() < kHeaderBytes) {
    return fail(ErrorCode::protocol, "the disk's list of target port groups is cut off: {} bytes", bytes.size());
  }
  ByteView rest = bytes.subspan(kHeaderBytes);
  rest = rest.first(std::min<size_t>(rest.size(), load_be<uint32_t>(bytes, 0)));
  std::vector<PortGroup> groups;
  while (rest.size() >= kGroupBytes) {
    PortGroup group;
    group.is_preferred = (rest[0] & 0x80) != 0;
    group.state = state_of(rest[0] & 0x0f);
    group.number = load_be<uint16_t>(rest, 2);
    const size_t ports = rest[7];
    rest = rest.subspan(kGroupBytes);
    for (size_t i = 0; i < ports && rest.size() >= kPortBytes; ++i) {
      group.ports.push_back(load_be<uint16_t>(rest, 2));
      rest = rest.subspan(kPortBytes);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

PortIdentity port_identity_of(const std::vector<Designator>& designators) {
  PortIdentity port;
  for (const Designator& designator : designators) {
    if (designator.association != kTargetPort || designator.bytes.size() != 4) continue;
    const auto number = load_be<uint16_t>(ByteView(designator.bytes), 2);
    if (designator.kind == DesignatorKind::relative_target_port) port.relative_port = number;
    if (designator.kind == DesignatorKind::target_port_group) port.group = number;
  }
  return port;
}

const PortGroup* find_group(const std::vector<PortGroup>& groups, const PortIdentity& port) {
  for (const PortGroup& group : groups) {
    const bool is_in = port.relative_port &&
                       std::find(group.ports.begin(), group.ports.end(), *port.relative_port) != group.ports.end();
    if (is_in && (!port.group || *port.group == group.number)) return &group;
  }
  for (const PortGroup& group : groups) {
    if (port.group && *port.group == group.number) return &group;
  }
  return nullptr;
}

std::optional<AccessState> access_state_of(uint16_t sense_code) {
  switch (sense_code) {
    case 0x040a:
      return AccessState::transitioning;
    case 0x040b:
      return AccessState::standby;
    case 0x040c:
      return AccessState::unavailable;
    default:
      return std::nullopt;
  }
}

}  // namespace laneway::scsi
