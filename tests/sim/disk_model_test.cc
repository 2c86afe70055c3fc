#include "sim/disk_model.h"

#include <gtest/gtest.h>

namespace laneway::sim {
namespace {

using Bytes = std::vector<uint8_t>;
constexpr Extent kOne{3, 1};

// What a disk that holds write `id` of sector 3 brings; 0: zeroes.
Bytes content(const DiskModel& model, OpId id) {
  Bytes bytes(DiskModel::kSectorBytes);
  if (id != 0) model.fill(id, bytes);
  return bytes;
}

OpId write(DiskModel& model) {
  const OpId id = model.begin(ModelOp::write, kOne);
  model.end_well(id);
  return id;
}

// The number of faults after a read that brought the content of `id`.
size_t read(DiskModel& model, OpId id) {
  const OpId read_id = model.begin(ModelOp::read, kOne);
  model.end_well(read_id, content(model, id));
  return model.faults().size();
}

void flush(DiskModel& model, bool is_well = true) {
  const OpId id = model.begin(ModelOp::flush, {});
  if (is_well) {
    model.end_well(id);
  } else {
    model.end_badly(id);
  }
}

TEST(DiskModel, TakesOnlyTheLatestOfTwoWritesInTurn) {
  DiskModel model(8);
  EXPECT_EQ(read(model, 0), 0u);
  const OpId first = write(model);
  const OpId second = write(model);
  EXPECT_EQ(read(model, second), 0u);
  EXPECT_EQ(read(model, first), 1u);
  EXPECT_EQ(read(model, 0), 2u);
}

TEST(DiskModel, TakesEitherOfTwoWritesAtOnceButNoChangeAfterwards) {
  DiskModel model(8);
  const OpId first = model.begin(ModelOp::write, kOne);
  const OpId second = model.begin(ModelOp::write, kOne);
  EXPECT_EQ(read(model, 0), 0u);  // neither has ended
  EXPECT_EQ(read(model, first), 0u);
  model.end_well(second);
  model.end_well(first);
  EXPECT_EQ(read(model, second), 0u);
  EXPECT_EQ(read(model, first), 1u);
}

TEST(DiskModel, AReadMaySeeWhatBeganDuringIt) {
  DiskModel model(8);
  const OpId old = write(model);
  const OpId read_id = model.begin(ModelOp::read, kOne);
  const OpId fresh = write(model);
  model.end_well(read_id, content(model, old));
  EXPECT_TRUE(model.faults().empty());
  EXPECT_EQ(read(model, fresh), 0u);
  EXPECT_EQ(read(model, old), 1u);
}

TEST(DiskModel, AFailedWriteMayComeLateButNotOverALaterOne) {
  DiskModel model(8);
  const OpId failed = model.begin(ModelOp::write, kOne);
  model.end_badly(failed);
  EXPECT_EQ(read(model, 0), 0u);
  EXPECT_EQ(read(model, failed), 0u);
  const OpId later = write(model);
  EXPECT_EQ(read(model, later), 0u);
  EXPECT_EQ(read(model, failed), 1u);
}

TEST(DiskModel, ADiscardMayDoNothingAndZeroesMustZero) {
  DiskModel model(8);
  const OpId written = write(model);
  model.end_well(model.begin(ModelOp::discard, kOne));
  EXPECT_EQ(read(model, written), 0u);
  model.end_well(model.begin(ModelOp::write_zeroes, kOne));
  EXPECT_EQ(read(model, 0), 0u);
  EXPECT_EQ(read(model, written), 1u);
}

TEST(DiskModel, APowerCutTakesOnlyWhatWasNotFlushed) {
  DiskModel model(8);
  const OpId old = write(model);
  flush(model);
  const OpId fresh = write(model);
  model.cut_power();
  EXPECT_EQ(read(model, old), 0u);
  DiskModel other(8);
  write(other);
  write(other);
  flush(other);
  other.cut_power();
  EXPECT_EQ(read(other, 0), 1u);
  EXPECT_NE(fresh, old);
}

TEST(DiskModel, AFlushCoversOnlyWhatHadEndedBeforeIt) {
  DiskModel model(8);
  const OpId id = model.begin(ModelOp::flush, {});
  write(model);
  model.end_well(id);
  model.cut_power();
  EXPECT_EQ(read(model, 0), 0u);
}

TEST(DiskModel, AFlushAfterALossMustNotClaimOtherwise) {
  DiskModel model(8);
  const OpId lost = write(model);
  model.cut_power();
  flush(model);
  EXPECT_EQ(read(model, lost), 0u);
  EXPECT_EQ(read(model, 0), 1u);
  DiskModel seen(8);
  write(seen);
  seen.cut_power();
  EXPECT_EQ(read(seen, 0), 0u);
  flush(seen);
  EXPECT_EQ(seen.faults().size(), 1u);
}

TEST(DiskModel, AFailedFlushExcusesTheLoss) {
  DiskModel model(8);
  write(model);
  model.cut_power();
  flush(model, false);
  flush(model);
  EXPECT_EQ(read(model, 0), 0u);
  const OpId later = write(model);
  flush(model);
  model.cut_power();
  EXPECT_EQ(read(model, later), 0u);
  EXPECT_EQ(read(model, 0), 1u);
}

TEST(DiskModel, ADurableWriteSurvivesWithoutAFlush) {
  DiskModel model(8);
  const OpId id = model.begin(ModelOp::write, kOne, true);
  model.end_well(id);
  model.cut_power();
  EXPECT_EQ(read(model, id), 0u);
  EXPECT_EQ(read(model, 0), 1u);
}

TEST(DiskModel, SeesWrongAddressesMixturesDuplicatesAndShortReads) {
  DiskModel model(8);
  const OpId id = model.begin(ModelOp::write, {2, 2});
  model.end_well(id);
  Bytes both(2 * DiskModel::kSectorBytes);
  model.fill(id, both);
  const OpId misplaced = model.begin(ModelOp::read, kOne);
  model.end_well(misplaced, ByteView(both).first(512));
  EXPECT_EQ(model.faults().size(), 1u);
  both[600] ^= 1;
  const OpId mixed = model.begin(ModelOp::read, kOne);
  model.end_well(mixed, ByteView(both).subspan(512));
  EXPECT_EQ(model.faults().size(), 2u);
  model.end_well(mixed, {});
  EXPECT_EQ(model.faults().size(), 3u);
  model.end_badly(mixed);
  EXPECT_EQ(model.faults().size(), 4u);
  const OpId cut = model.begin(ModelOp::read, kOne);
  model.end_well(cut, Bytes(100));
  EXPECT_EQ(model.faults().size(), 5u);
  EXPECT_EQ(model.in_flight(), 0u);
}

}  // namespace
}  // namespace laneway::sim
