#include "scsi/report_luns.h"

#include <algorithm>

namespace laneway::scsi {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr size_t kEntryBytes = 8;

}  // namespace

Result<LunList> decode_report_luns(ByteView bytes) {
  if (bytes.size() < kHeaderBytes) {
    return fail(ErrorCode::protocol, "the target's LUN list is cut off after {} bytes", bytes.size());
  }
  const uint32_t list_bytes = load_be<uint32_t>(bytes, 0);
  if (list_bytes % kEntryBytes != 0 || list_bytes > UINT32_MAX - kHeaderBytes) {
    return fail(ErrorCode::protocol, "the target's LUN list claims {} bytes, which is no whole number of LUNs",
                list_bytes);
  }
  LunList list{.luns = {}, .needed_bytes = list_bytes + static_cast<uint32_t>(kHeaderBytes)};
  const size_t count = std::min<size_t>(list_bytes, bytes.size() - kHeaderBytes) / kEntryBytes;
  for (size_t i = 0; i < count; ++i) list.luns.push_back(load_be<uint64_t>(bytes, kHeaderBytes + i * kEntryBytes));
  return list;
}

}  // namespace laneway::scsi
