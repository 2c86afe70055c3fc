#include "sim/write_log.h"

#include <gtest/gtest.h>

namespace laneway::sim {
namespace {

constexpr uint64_t kSector = DiskModel::kSectorBytes;
constexpr Extent kOne{3, 1};

// A guest, and a disk of which only the log is there.
struct Rig {
  OpId begin() { return model.begin(ModelOp::write, kOne); }
  void land(OpId id) {
    std::vector<uint8_t> bytes(kSector);
    if (id != 0) model.fill(id, bytes);
    log.landed(kOne.sector * kSector, bytes);
  }
  OpId write() {
    const OpId id = begin();
    land(id);
    model.end_well(id);
    return id;
  }
  void sync() { log.synced(0, 8 * kSector); }
  size_t flush() {
    model.end_well(model.begin(ModelOp::flush, {}));
    return model.faults().size();
  }
  DiskModel model{8};
  WriteLog log{model};
};

TEST(WriteLog, AFlushIsTrueWhereEverythingBeforeItIsSynced) {
  Rig rig;
  rig.write();
  rig.write();
  rig.sync();
  EXPECT_EQ(rig.flush(), 0u);
  EXPECT_GT(rig.log.moments(), 2u);
}

TEST(WriteLog, AFlushThatWasNotCarriedOutIsSeen) {
  Rig rig;
  rig.write();
  EXPECT_EQ(rig.flush(), 1u);
  EXPECT_EQ(rig.model.faults().front(),
            "a power cut now could leave zeroes in sector 3, allowed were the operations 1");
}

TEST(WriteLog, AWriteThatNeverReachedTheDiskIsSeenByTheNextFlush) {
  Rig rig;
  rig.model.end_well(rig.begin());
  rig.sync();
  EXPECT_EQ(rig.flush(), 1u);
}

TEST(WriteLog, WhatIsNotFlushedMayBeAnyOfTheVersionsSince) {
  Rig rig;
  rig.write();
  rig.sync();
  EXPECT_EQ(rig.flush(), 0u);
  for (int i = 0; i < 3; ++i) rig.write();
  EXPECT_TRUE(rig.model.faults().empty());
  EXPECT_EQ(rig.flush(), 3u) << "each but the latest";
}

TEST(WriteLog, AWriteThatLandsLateOverWhatIsDurableIsSeen) {
  Rig rig;
  const OpId late = rig.begin();
  rig.model.end_badly(late);
  rig.write();
  rig.sync();
  EXPECT_EQ(rig.flush(), 0u);
  rig.land(late);
  EXPECT_EQ(rig.model.faults().size(), 1u);
}

TEST(WriteLog, AForcedWriteIsDurableWhenItEnds) {
  for (const bool is_forced : {true, false}) {
    Rig rig;
    const OpId id = rig.model.begin(ModelOp::write, kOne, true);
    rig.land(id);
    if (is_forced) rig.log.synced(kOne.sector * kSector, kSector);
    rig.model.end_well(id);
    EXPECT_EQ(rig.model.faults().empty(), is_forced);
  }
}

}  // namespace
}  // namespace laneway::sim
