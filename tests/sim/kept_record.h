#pragma once
// KeptRecord is a device record as it lies in a vault: bytes, and duplicates of the descriptors. Owned by the
// simulation.

#include <vector>

#include "vhost_user/record.h"

namespace laneway::sim {

class KeptRecord {
 public:
  explicit KeptRecord(const EncodedRecord& record);

  // For a successor, with descriptors of its own.
  DeviceRecord record_for_engine() const;
  // The front-end that the record is about is still there.
  bool is_connected() const;

 private:
  std::vector<uint8_t> bytes_;
  std::vector<UniqueFd> descriptors_;
};

}  // namespace laneway::sim
