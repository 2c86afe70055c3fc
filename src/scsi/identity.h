#pragma once
// Who a disk is: the designators of VPD page 0x83 (SPC-5 7.7.6) and the choice of the one that stays with the content.
// Decoded from bytes of the target; bounded by them. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace laneway::scsi {

enum class DesignatorKind : uint8_t {
  vendor_specific = 0,
  t10_vendor_id = 1,
  eui64 = 2,
  naa = 3,
  relative_target_port = 4,
  target_port_group = 5,
  logical_unit_group = 6,
  md5 = 7,
  scsi_name = 8,
};

struct Designator {
  DesignatorKind kind = DesignatorKind::vendor_specific;
  uint8_t code_set = 0;     // 1 binary, 2 ASCII, 3 UTF-8
  uint8_t association = 0;  // 0 logical unit, 1 target port, 2 target device
  std::vector<uint8_t> bytes;
};

Result<std::vector<Designator>> decode_designators(ByteView bytes);

// The text of the designator that names the logical unit: NAA before EUI-64 before SCSI name before T10 vendor id, the
// longest of a kind ("naa.600140...", "eui.0025385b...", "iqn...", "t10.LIO-ORG...."). Empty where there is none.
std::string choose_identity(const std::vector<Designator>& designators);
std::string designator_text(const Designator& designator);

}  // namespace laneway::scsi
