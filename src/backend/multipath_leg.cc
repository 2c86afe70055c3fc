#include "backend/multipath_leg.h"

#include "scsi/lun.h"

namespace laneway {

PathLeg::PathLeg(Reactor& reactor, IscsiLun& lun, LunPath& path, uint32_t queue_number, PathLegOwner& owner)
    : seen_retries(path.retries()),
      path_(path),
      owner_(owner),
      lun_field_(scsi::encode_lun(path.number())),
      meter_({lun.function(), queue_number, path.id(), path.number()},
             function_isid(lun.function(), queue_number, path.id())),
      link_(reactor, lun, path, meter_, *this) {}

PathLeg::~PathLeg() {
  if (is_enlisted) path_.target().delist(meter_);
  path_.part();
}

}  // namespace laneway
