#include "backend/cache_ledger.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(CacheLedger, ALossWithNothingUnflushedIsNone) {
  CacheLedger ledger;
  EXPECT_FALSE(ledger.note_loss());
  ledger.note_write();
  ledger.note_flush(ledger.begin_flush());
  EXPECT_FALSE(ledger.note_loss());
  EXPECT_FALSE(ledger.must_fail(ledger.begin_flush()));
}

TEST(CacheLedger, EveryFlushUnderWayAtALossFailsAndTheNextOneSucceeds) {
  CacheLedger ledger;
  ledger.note_write();
  const auto first = ledger.begin_flush();
  const auto second = ledger.begin_flush();
  EXPECT_TRUE(ledger.note_loss());
  EXPECT_TRUE(ledger.must_fail(first));
  ledger.tell_loss();
  EXPECT_TRUE(ledger.must_fail(second));
  EXPECT_FALSE(ledger.must_fail(ledger.begin_flush()));
}

TEST(CacheLedger, AFlushAcceptedAfterALossThatNobodyWasToldOfFails) {
  CacheLedger ledger;
  ledger.note_write();
  EXPECT_TRUE(ledger.note_loss());
  const auto flush = ledger.begin_flush();
  EXPECT_TRUE(ledger.must_fail(flush));
  ledger.tell_loss();
  EXPECT_FALSE(ledger.must_fail(ledger.begin_flush()));
}

TEST(CacheLedger, WhatWasToldAsLostIsNotLostAgain) {
  CacheLedger ledger;
  ledger.note_write();
  EXPECT_TRUE(ledger.note_loss());
  ledger.tell_loss();
  EXPECT_FALSE(ledger.note_loss());
  ledger.note_write();
  EXPECT_TRUE(ledger.note_loss());
}

}  // namespace
}  // namespace laneway
