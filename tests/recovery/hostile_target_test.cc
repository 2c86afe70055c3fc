// A target that lies, in every way that the fake target knows: the session ends and is counted by the kind of the lie,
// the request is carried out by the next session, and nothing that a lie carried reaches the reader.
#include "recovery/lab.h"
#include "target/hostility.h"

namespace laneway {

namespace {

constexpr size_t kLargeBytes = 1 << 20;  // more than is sent or received unasked, or in one PDU

SessionFaults::Counts faults_of(const Lab& lab) { return lab.target->faults().counts(); }

uint64_t breaches_of(const Lab& lab) {
  uint64_t sum = 0;
  const SessionFaults::Counts counts = faults_of(lab);
  for (size_t i = 0; i < counts.size(); ++i) {
    if (is_breach(static_cast<iscsi::SessionFault>(i))) sum += counts[i];
  }
  return sum;
}

void expect_counted(const Lab& lab, const fake::Lie& lie) {
  const SessionFaults::Counts counts = faults_of(lab);
  for (size_t i = 0; i < counts.size(); ++i) {
    const bool is_named = session_fault_name(static_cast<iscsi::SessionFault>(i)) == lie.fault;
    EXPECT_EQ(counts[i], is_named ? 1u : 0u) << lie.name << ": " << session_fault_name(iscsi::SessionFault(i));
  }
}

std::unique_ptr<TestRequest> start_read(Lab& lab, size_t bytes, uint64_t timeout_ns) {
  auto request = TestRequest::transfer(BlockOp::read, 0, {bytes});
  request->fill(pattern(7, bytes));  // what is not the disk's
  request->request.deadline_ns = lab.bench.now_ns() + timeout_ns;
  submit(*lab.queue, {request.get()});
  return request;
}

void tell_once(const fake::Lie& lie, bool is_read) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, kLargeBytes)), Status::ok);
  lab.fault(fmt::format("lie:text={},op={}", lie.name, is_read ? "read" : "write"));
  auto request = is_read ? start_read(lab, kLargeBytes, 100 * kSecond) : lab.start_write(0, pattern(2, kLargeBytes));
  ASSERT_TRUE(lab.finishes(*request)) << lie.name;
  // A short answer that claims to be whole fails its request; a session goes on.
  const bool is_short = lie.name == "whole-claimed";
  EXPECT_EQ(request->status, is_short ? Status::io_error : Status::ok) << lie.name;
  if (is_read && !is_short) {
    EXPECT_EQ(request->bytes(), pattern(1, kLargeBytes)) << lie.name;
  }
  EXPECT_EQ(lab.read(0, kLargeBytes), pattern(is_read ? 1 : 2, kLargeBytes)) << lie.name;
  expect_counted(lab, lie);
  EXPECT_EQ(lab.report().reconnects, lie.fault.empty() ? 0u : 1u) << lie.name;
  EXPECT_EQ(lab.report().state, IscsiLinkState::ready) << lie.name;
}

TEST(HostileTarget, ALieCostsTheSessionAndNothingElse) {
  for (const fake::Lie& lie : fake::known_lies()) {
    if (lie.op != "write") tell_once(lie, true);
    if (lie.op != "read") tell_once(lie, false);
  }
}

TEST(HostileTarget, WrongDigestsAreCountedAsSuch) {
  for (const char* kind : {"bad-header-digest", "bad-payload-digest"}) {
    Lab lab;
    lab.settings.header_digest = lab.settings.data_digest = iscsi::DigestPolicy::crc32c;
    lab.open();
    ASSERT_EQ(lab.write(0, pattern(1, kLargeBytes)), Status::ok);
    lab.fault(fmt::format("{}:op=read", kind));
    EXPECT_EQ(lab.read(0, kLargeBytes), pattern(1, kLargeBytes));
    EXPECT_EQ(faults_of(lab)[static_cast<size_t>(iscsi::SessionFault::digest)], 1u) << kind;
  }
}

// One that never stops: requests end by their deadlines, the attempts are few, and what comes afterwards is right.
void tell_always(const fake::Lie& lie) {
  const std::string op(lie.op == "any" ? "read" : lie.op);
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, kLargeBytes)), Status::ok);
  lab.fault(fmt::format("lie:text={},op={},count=0", lie.name, op));
  constexpr uint64_t kPatienceNs = 40 * kSecond;
  auto request = op == "read" ? start_read(lab, kLargeBytes, kPatienceNs)
                              : lab.start_write(0, pattern(2, kLargeBytes), kPatienceNs);
  ASSERT_TRUE(lab.finishes(*request, 2 * kPatienceNs)) << lie.name;
  EXPECT_EQ(request->status, Status::timed_out) << lie.name;
  EXPECT_GT(breaches_of(lab), 0u) << lie.name;
  EXPECT_LT(lab.report().logins, 60u) << lie.name;
  lab.fake.script().clear();
  ASSERT_EQ(lab.write(0, pattern(3, kLargeBytes)), Status::ok) << lie.name;
  EXPECT_EQ(lab.read(0, kLargeBytes), pattern(3, kLargeBytes)) << lie.name;
}

TEST(HostileTarget, OneThatNeverStopsCostsItsOwnRequestsOnlyTheirTime) {
  for (const fake::Lie& lie : fake::known_lies()) {
    if (!lie.fault.empty()) tell_always(lie);
  }
}

TEST(HostileTarget, OthersGoOnMeanwhile) {
  Lab lab;
  lab.open();
  auto other = lab.make_device(false, "vm2-disk0");
  ASSERT_TRUE(other.has_value());
  BlockQueue& other_queue = lab.bench.open_queue(**other);
  ASSERT_EQ(lab.write(0, pattern(1, kLargeBytes)), Status::ok);
  for (const fake::Lie& lie : fake::known_lies()) {
    if (lie.fault.empty() || lie.op == "write") continue;
    lab.fault(fmt::format("lie:text={},op=read", lie.name));
    auto request = start_read(lab, kLargeBytes, 100 * kSecond);
    lab.bench.turn_for(kMillisecond);  // the lie is told
    EXPECT_EQ(read_bytes(lab.bench, other_queue, 0, 4096), pattern(1, 4096)) << lie.name;
    ASSERT_TRUE(lab.finishes(*request));
    EXPECT_EQ(request->bytes(), pattern(1, kLargeBytes)) << lie.name;
  }
  EXPECT_EQ((*other)->sessions().at(0).reconnects, 0u);
  lab.bench.close_all();
}

}  // namespace

}  // namespace laneway
