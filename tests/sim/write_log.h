#pragma once
// WriteLog hears of every write that lands in a disk's volatile cache and of every flush of it, and knows what a power
// cut at this very moment could leave in each sector: what was last synced, or anything that landed since. Each is
// compared with what the guest was promised. Sectors are lost independently of each other, so that all sectors one by
// one stand for every subset; and what could be left grows only when a write lands, what the guest must accept shrinks
// only when it is told that something is durable, so that looking then stands for every moment (decision 77). Owned by
// the simulation; one thread.

#include <vector>

#include "sim/disk_model.h"
#include "target/disk.h"

namespace laneway::sim {

class WriteLog final : public fake::DiskLog, private DurabilityListener {
 public:
  // The model outlives the log.
  explicit WriteLog(DiskModel& model);

  void landed(uint64_t offset_bytes, ByteView bytes) override;
  void synced(uint64_t offset_bytes, uint64_t length_bytes) override;

  // Moments at which sectors were compared, each for all power cuts until the next one.
  uint64_t moments() const { return moments_; }

 private:
  using Leavings = std::vector<SectorMark>;  // the latest last
  void settled(uint64_t first_sector, uint64_t sectors) override;
  Leavings& at(uint64_t sector);

  DiskModel& model_;
  std::vector<Leavings> sectors_;
  uint64_t moments_ = 0;
};

}  // namespace laneway::sim
