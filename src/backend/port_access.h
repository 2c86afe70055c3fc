#pragma once
// PortAccess is what a target says of one of its ports to one LUN (ALUA): the group it is in and how well the LUN can
// be reached there. A plain value, learned by a LunInterrogation, kept by a PathLeg. One thread.

#include "scsi/port_groups.h"

namespace laneway {

struct PortAccess {
  bool is_told = false;  // the target knows of port groups
  scsi::AccessState state = scsi::AccessState::optimized;
  scsi::PortIdentity port;
};

}  // namespace laneway
