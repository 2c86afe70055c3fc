#include "sim/write_log.h"

#include <algorithm>

namespace laneway::sim {

namespace {

constexpr uint64_t kSector = DiskModel::kSectorBytes;

}  // namespace

WriteLog::WriteLog(DiskModel& model) : model_(model) { model_.listener = this; }

WriteLog::Leavings& WriteLog::at(uint64_t sector) {
  if (sector >= sectors_.size()) sectors_.resize(sector + 1, Leavings{kZeroes});
  return sectors_[sector];
}

void WriteLog::landed(uint64_t offset_bytes, ByteView bytes) {
  ++moments_;
  for (uint64_t done = 0; done < bytes.size(); done += kSector) {
    const uint64_t sector = (offset_bytes + done) / kSector;
    const SectorMark mark = DiskModel::mark_of(bytes.subspan(done, kSector));
    Leavings& leavings = at(sector);
    std::erase(leavings, mark);
    leavings.push_back(mark);
    model_.check_after_cut(sector, mark);
  }
}

void WriteLog::synced(uint64_t offset_bytes, uint64_t length_bytes) {
  const uint64_t end = std::min<uint64_t>((offset_bytes + length_bytes) / kSector, sectors_.size());
  for (uint64_t sector = offset_bytes / kSector; sector < end; ++sector) {
    Leavings& leavings = sectors_[sector];
    leavings.erase(leavings.begin(), leavings.end() - 1);
  }
}

void WriteLog::settled(uint64_t first_sector, uint64_t sectors) {
  ++moments_;
  for (uint64_t sector = first_sector; sector < first_sector + sectors; ++sector) {
    for (const SectorMark mark : at(sector)) model_.check_after_cut(sector, mark);
  }
}

}  // namespace laneway::sim
