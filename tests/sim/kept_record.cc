#include "sim/kept_record.h"

#include <poll.h>

#include "base/check.h"
#include "sim/engine_descriptors.h"

namespace laneway::sim {

KeptRecord::KeptRecord(const EncodedRecord& record) : bytes_(record.bytes) {
  for (const int fd : record.descriptors) {
    descriptors_.emplace_back(::dup(fd));
    LW_ASSERT(descriptors_.back());
  }
}

DeviceRecord KeptRecord::record_for_engine() const {
  std::vector<UniqueFd> copies;
  for (const UniqueFd& fd : descriptors_) copies.push_back(give_to_engine(UniqueFd(::dup(fd.get()))));
  Result<DeviceRecord> record = decode_record(bytes_, std::move(copies));
  LW_ASSERT(record);
  return std::move(*record);
}

bool KeptRecord::is_connected() const {
  const DeviceRecord record = record_for_engine();
  pollfd polled{record.connection.get(), POLLRDHUP, 0};
  return ::poll(&polled, 1, 0) == 0;
}

}  // namespace laneway::sim
