#include "target/fault.h"

#include <gtest/gtest.h>

#include "target/test_client.h"

namespace laneway::fake {
namespace {

struct Lab {
  explicit Lab(const TargetOptions& options = {}) : target(options), client(target) {}
  void add(const char* spec) { target.script().add(read_fault(spec).value()); }

  FakeTarget target;
  TestClient client;
};

TargetOptions slow() {
  TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 100;
  return options;
}

TEST(FaultSpec, ReadsKindsKeysAndSuffixes) {
  const auto fault = read_fault("delay:value=20ms,op=write,after=3,count=0");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::delay);
  EXPECT_EQ(fault->value, 20 * kMillisecond);
  EXPECT_EQ(fault->op, OpFilter::write);
  EXPECT_EQ(fault->after, 3u);
  EXPECT_EQ(fault->count, 0u);
  EXPECT_FALSE(read_fault("explode"));
  EXPECT_FALSE(read_fault("drop:op=sing"));
  EXPECT_FALSE(read_fault("drop:after=many"));
  EXPECT_FALSE(read_fault("drop:since=3"));
}

TEST(FaultScript, CountsOccasions) {
  FaultScript script;
  script.add(read_fault("drop:op=read,after=1,count=2").value());
  EXPECT_FALSE(script.fire(FaultKind::drop, OpFilter::write));
  EXPECT_FALSE(script.fire(FaultKind::drop, OpFilter::read));
  EXPECT_TRUE(script.fire(FaultKind::drop, OpFilter::read));
  EXPECT_TRUE(script.fire(FaultKind::drop, OpFilter::read));
  EXPECT_FALSE(script.fire(FaultKind::drop, OpFilter::read));
}

TEST(TargetFault, DropsTheConnectionAfterBytesInAndOut) {
  Lab in;
  in.add("drop-in:value=100");
  TestClient first(in.target);
  EXPECT_FALSE(first.login());
  EXPECT_TRUE(first.is_over());
  in.add("drop-out:value=300");
  TestClient second(in.target);
  ASSERT_TRUE(second.login());
  second.read_blocks(0, 1);
  size_t got = 0;
  for (const OwnedPdu& pdu : second.take()) got += pdu.header.size() + pdu.payload.size();
  EXPECT_LT(got, 300u);
  EXPECT_TRUE(second.is_over());
}

TEST(TargetFault, AnswersScriptedStatusSenseAndReject) {
  Lab lab;
  ASSERT_TRUE(lab.client.login());
  lab.add("status:value=0x28");
  EXPECT_EQ(status_of((lab.client.read_blocks(0, 1), lab.client.take()), 1), kTaskSetFull);
  lab.add("sense:value=0x031100,op=read");
  EXPECT_EQ(status_of((lab.client.read_blocks(0, 1), lab.client.take()), 2), kCheckCondition);
  lab.add("unit-attention:value=0x2a09");
  lab.client.read_blocks(0, 1);
  const auto pdus = lab.client.take();
  EXPECT_EQ(pdus[0].payload[2 + 2], 6);
  EXPECT_EQ(pdus[0].payload[2 + 12], 0x2a);
  lab.add("reject:value=4");
  lab.client.read_blocks(0, 1);
  EXPECT_EQ(lab.client.take()[0].op(), Op::reject);
  EXPECT_EQ(lab.target.running_tasks(), 0u);
}

TEST(TargetFault, GoesSilent) {
  Lab lab;
  ASSERT_TRUE(lab.client.login());
  lab.add("silent:after=1");
  EXPECT_EQ(lab.client.take().size() + (lab.client.read_blocks(0, 1), lab.client.take()).size(), 1u);
  lab.client.read_blocks(0, 1);
  lab.client.read_blocks(0, 1);
  EXPECT_TRUE(lab.client.take().empty());
  EXPECT_FALSE(lab.client.is_over());
  lab.target.set_silent(true);
  TestClient other(lab.target);
  EXPECT_FALSE(other.login());
}

TEST(TargetFault, SpoilsDigestsTagsOffsetsAndLengths) {
  Lab lab;
  ASSERT_TRUE(lab.client.login({.wants_digests = true}));
  lab.add("bad-payload-digest:op=read");
  lab.client.read_blocks(0, 1);
  const Bytes stream(lab.client.connection().output().begin(), lab.client.connection().output().end());
  EXPECT_EQ(cut_pdu(stream, lab.client.digests, 65536).outcome, Cut::bad_payload_digest);
  EXPECT_EQ(lab.client.take().size(), 1u);
  lab.add("wrong-tag:op=read");
  EXPECT_EQ(status_of((lab.client.read_blocks(0, 1), lab.client.take()), 2), -1);
  lab.add("wrong-offset:op=read");
  EXPECT_EQ((lab.client.read_blocks(0, 1), lab.client.take())[0].u32(40), 4096u);
  lab.add("oversized:op=read");
  EXPECT_EQ((lab.client.read_blocks(0, 1), lab.client.take())[0].payload.size(), 8192u + 512);
  lab.add("bad-header-digest");
  lab.client.read_blocks(0, 1);
  EXPECT_TRUE(lab.client.take().empty());
}

TEST(TargetFault, SplitsInterleavesAndShortensDataIn) {
  TargetOptions options = slow();
  options.interleaves = true;
  Lab lab(options);
  ASSERT_TRUE(lab.client.login());
  lab.add("split:value=512,count=0");
  lab.client.read_blocks(0, 16);
  lab.client.read_blocks(16, 16);
  const auto pdus = lab.client.take_at(1000);
  EXPECT_EQ(pdus.size(), 32u);
  uint32_t turns = 0;
  for (size_t i = 1; i < pdus.size(); ++i) turns += pdus[i].u32(16) != pdus[i - 1].u32(16) ? 1u : 0u;
  EXPECT_GT(turns, 3u);
  lab.add("short-read:value=512");
  const uint32_t tag = lab.client.read_blocks(0, 4);
  const auto cut = lab.client.take_at(2000);
  EXPECT_EQ(read_data(cut, tag).size(), 1536u);
  EXPECT_EQ(cut.back().u8(1) & 0x02, 0x02);
  EXPECT_EQ(cut.back().u32(44), 512u);
}

TEST(TargetFault, ShutsAndOpensTheCommandWindow) {
  Lab lab(slow());
  ASSERT_TRUE(lab.client.login());
  lab.target.set_command_window(0);
  EXPECT_EQ(lab.client.take()[0].op(), Op::nop_in);
  for (int i = 0; i < 64; ++i) lab.client.read_blocks(0, 1);
  const auto shut = lab.client.take_at(1000);
  EXPECT_EQ(shut.back().u32(32), shut.back().u32(28) - 1);
  EXPECT_TRUE(lab.target.violations().empty());
  lab.target.set_command_window(4);
  const auto open = lab.client.take();
  EXPECT_EQ(open[0].op(), Op::nop_in);
  EXPECT_EQ(open[0].u32(32) - open[0].u32(28), 3u);
  for (int i = 0; i < 5; ++i) lab.client.read_blocks(0, 1);
  EXPECT_EQ(lab.target.violations().size(), 1u);
}

TEST(TargetFault, PingsAnswersPingsAndTellsEvents) {
  Lab lab;
  ASSERT_TRUE(lab.client.login());
  lab.target.ping();
  EXPECT_NE(lab.client.take()[0].u32(20), kNoTag);
  lab.target.send_async(1, 0, 0, 3);
  const auto async = lab.client.take();
  EXPECT_EQ(async[0].u8(36), 1);
  Header nop(Op::nop_out);
  nop.u8(1, 0x80).u32(16, 77).u32(20, kNoTag);
  lab.client.send(nop, bytes_of_text("hello"), true);
  EXPECT_EQ(text_of(lab.client.take()[0].payload), "hello");
  lab.add("mute-nop");
  Header second(Op::nop_out);
  second.u8(1, 0x80).u32(16, 78).u32(20, kNoTag);
  lab.client.send(second, {}, true);
  EXPECT_TRUE(lab.client.take().empty());
  Header logout(Op::logout);
  logout.u8(1, 0x80).u32(16, 79);
  lab.client.send(logout, {});
  EXPECT_EQ(lab.client.take()[0].op(), Op::logout_response);
  EXPECT_TRUE(lab.client.is_over());
}

}  // namespace
}  // namespace laneway::fake
