#include "frontend/blk_request.h"

#include <gtest/gtest.h>

#include <array>

namespace laneway {
namespace {

constexpr BlkLimits kLimits{.capacity_sectors = 1000,
                            .block_sectors = 1,
                            .can_discard = true,
                            .can_write_zeroes = true,
                            .discard_sectors_max = 100,
                            .write_zeroes_sectors_max = 200};

struct Case {
  uint32_t type = 0;
  uint64_t sector = 0;
  uint64_t bytes = 512;
  BlkRangeWire range{};
};

// The request that a case makes, and what it becomes.
struct Outcome {
  BlkPrepared prepared;
  BlockRequest request;
};
void prepare(const Case& input, const BlkLimits& limits, Outcome& out) {
  static std::array<uint8_t, 16> range_bytes;
  static iovec data;
  const bool has_range = input.type == 11 || input.type == 13;
  std::memcpy(range_bytes.data(), &input.range, 16);
  data = {range_bytes.data(), has_range ? 16 : input.bytes};
  BlkRequestView view;
  view.header = {input.type, 0, input.sector};
  const bool is_in = input.type == 0 || input.type == 8;
  (is_in ? view.from_device : view.to_device) = {&data, 1};
  (is_in ? view.from_device_bytes : view.to_device_bytes) = data.iov_len;
  out.prepared = prepare_blk_request(view, limits, out.request);
}
void expect_status(const Case& input, BlkStatus status, const BlkLimits& limits = kLimits) {
  Outcome out;
  prepare(input, limits, out);
  EXPECT_EQ(out.prepared.outcome, BlkOutcome::finish);
  EXPECT_EQ(out.prepared.status, status);
}

TEST(BlkRequest, TransfersAreRangesOfTheDisk) {
  for (const uint32_t type : {0u, 1u}) {
    Outcome out;
    prepare({type, 999, 512}, kLimits, out);
    EXPECT_EQ(out.prepared.outcome, BlkOutcome::submit);
    EXPECT_EQ(out.request.op, type == 0 ? BlockOp::read : BlockOp::write);
    EXPECT_EQ(out.request.offset_bytes, 999u * 512);
    EXPECT_EQ(out.request.length_bytes, 512u);
    expect_status({type, 1000, 512}, BlkStatus::io_error);
    expect_status({type, 999, 1024}, BlkStatus::io_error);
    expect_status({type, UINT64_MAX, 512}, BlkStatus::io_error);
    expect_status({type, UINT64_MAX / 512 + 1, 512}, BlkStatus::io_error);
    expect_status({type, 0, 511}, BlkStatus::io_error);
    expect_status({type, 0, kBlkDataBytesMax + 512}, BlkStatus::io_error);
    expect_status({type, 0, 0}, BlkStatus::ok);
  }
}

TEST(BlkRequest, WholeBlocksOnly) {
  BlkLimits limits = kLimits;
  limits.block_sectors = 8;
  for (const uint32_t type : {0u, 1u}) {
    expect_status({type, 1, 4096}, BlkStatus::io_error, limits);
    expect_status({type, 8, 512}, BlkStatus::io_error, limits);
    Outcome out;
    prepare({type, 8, 4096}, limits, out);
    EXPECT_EQ(out.prepared.outcome, BlkOutcome::submit);
  }
  for (const uint32_t type : {11u, 13u}) {
    expect_status({type, 0, 0, {1, 8, 0}}, BlkStatus::io_error, limits);
    expect_status({type, 0, 0, {8, 4, 0}}, BlkStatus::io_error, limits);
  }
}

TEST(BlkRequest, ReadOnlyRefusesWriteDiscardAndWriteZeroes) {
  BlkLimits limits = kLimits;
  limits.is_read_only = true;
  for (const uint32_t type : {1u, 11u, 13u}) expect_status({type, 0, 512, {0, 8, 0}}, BlkStatus::io_error, limits);
}

TEST(BlkRequest, RangesAreCheckedForLimitsFlagsAndOverflow) {
  for (const uint32_t type : {11u, 13u}) {
    const uint32_t most = type == 11 ? 100 : 200;
    Outcome out;
    prepare({type, 0, 0, {900, 100, 0}}, kLimits, out);
    EXPECT_EQ(out.prepared.outcome, BlkOutcome::submit);
    EXPECT_EQ(out.request.offset_bytes, 900u * 512);
    EXPECT_EQ(out.request.length_bytes, 100u * 512);
    expect_status({type, 0, 0, {0, most + 1, 0}}, BlkStatus::io_error);
    expect_status({type, 0, 0, {901, 100, 0}}, BlkStatus::io_error);
    expect_status({type, 0, 0, {UINT64_MAX, 1, 0}}, BlkStatus::io_error);
    expect_status({type, 0, 0, {UINT64_MAX - 10, 100, 0}}, BlkStatus::io_error);
    expect_status({type, 0, 0, {0, 8, 2}}, BlkStatus::unsupported);
    expect_status({type, 0, 0, {0, 0, 0}}, BlkStatus::ok);
  }
  expect_status({11, 0, 0, {0, 8, kBlkRangeUnmap}}, BlkStatus::unsupported);
  Outcome out;
  prepare({13, 0, 0, {0, 8, kBlkRangeUnmap}}, kLimits, out);
  EXPECT_TRUE(out.request.may_unmap);
}

TEST(BlkRequest, WhatWasNotNegotiatedIsUnsupported) {
  BlkLimits limits = kLimits;
  limits.can_discard = limits.can_write_zeroes = false;
  expect_status({11, 0, 0, {0, 8, 0}}, BlkStatus::unsupported, limits);
  expect_status({13, 0, 0, {0, 8, 0}}, BlkStatus::unsupported, limits);
  expect_status({14, 0, 512}, BlkStatus::unsupported, limits);
  expect_status({UINT32_MAX, 0, 512}, BlkStatus::unsupported, limits);
}

TEST(BlkRequest, WritethroughMakesWritesDurable) {
  BlkLimits limits = kLimits;
  limits.is_writethrough = true;
  for (const uint32_t type : {1u, 13u}) {
    Outcome out;
    prepare({type, 0, 512, {0, 8, 0}}, limits, out);
    EXPECT_TRUE(out.request.is_fua);
  }
  Outcome out;
  prepare({0, 0, 512}, limits, out);
  EXPECT_FALSE(out.request.is_fua);
}

TEST(BlkRequest, EveryStatusHasAnAnswer) {
  EXPECT_EQ(encode_blk_status(Status::ok), BlkStatus::ok);
  EXPECT_EQ(encode_blk_status(Status::unsupported), BlkStatus::unsupported);
  for (const Status status :
       {Status::io_error, Status::out_of_range, Status::read_only, Status::no_space, Status::timed_out,
        Status::reservation_conflict, Status::medium_error, Status::device_gone, Status::aborted}) {
    EXPECT_EQ(encode_blk_status(status), BlkStatus::io_error);
  }
}

}  // namespace
}  // namespace laneway
