#pragma once
// REPORT LUNS parameter data (SPC-5 6.33): which logical units a target shows us. Decoded from bytes of the target;
// bounded by them. Any thread.

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace laneway::scsi {

struct LunList {
  std::vector<uint64_t> luns;  // LUN fields as they travel (lun.h)
  uint32_t needed_bytes = 0;   // the size of the whole list: more than was read means ask again with that much
};

Result<LunList> decode_report_luns(ByteView bytes);

}  // namespace laneway::scsi
