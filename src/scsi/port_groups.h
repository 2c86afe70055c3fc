#pragma once
// Target port groups (ALUA): how well a LUN can be reached over a port, as REPORT TARGET PORT GROUPS says (SPC-5 6.36)
// and NOT READY sense (SPC-5 5.15.2). Decoded from bytes of the target; bounded by them. Any thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "scsi/cdb.h"
#include "scsi/identity.h"

namespace laneway::scsi {

enum class AccessState : uint8_t {
  optimized = 0,
  non_optimized = 1,
  standby = 2,
  unavailable = 3,
  lba_dependent = 4,
  offline = 0xe,
  transitioning = 0xf,
};
std::string_view access_state_name(AccessState state);
// Reads and writes are carried out.
inline bool is_accessible(AccessState state) {
  return state == AccessState::optimized || state == AccessState::non_optimized || state == AccessState::lba_dependent;
}

struct PortGroup {
  AccessState state = AccessState::optimized;
  bool is_preferred = false;
  uint16_t number = 0;
  std::vector<uint16_t> ports;  // relative target port identifiers
};

constexpr uint32_t kPortGroupsBytes = 1024;
Cdb encode_report_target_port_groups(uint32_t bytes);
// As far as the bytes go, where the list is longer. Unknown states count as unavailable.
Result<std::vector<PortGroup>> decode_port_groups(ByteView bytes);

// The port that VPD page 0x83 was read over.
struct PortIdentity {
  std::optional<uint16_t> relative_port;
  std::optional<uint16_t> group;
};
PortIdentity port_identity_of(const std::vector<Designator>& designators);
// The group that the port is in, by its own number, else by the group's; null where none is.
const PortGroup* find_group(const std::vector<PortGroup>& groups, const PortIdentity& port);

// What NOT READY says of the port's state: 04/0A, 04/0B, 04/0C.
std::optional<AccessState> access_state_of(uint16_t sense_code);

}  // namespace laneway::scsi
