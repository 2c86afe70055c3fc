// A target that lies, in every way it can: the session fails with an Error that names the lie, and gives every task
// back.
#include <gtest/gtest.h>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::BenchTask;
using testing::obliging_keys;
using testing::SentPdu;
using testing::SessionBench;
using testing::TargetPdu;

// One read of 1024, one write of 128 KiB with 64 KiB sent, one command without data are with the target.
struct Scene {
  BenchTask read{DataDirection::from_target, 1024};
  BenchTask write{DataDirection::to_target, 128 * 1024};
  BenchTask other{DataDirection::none, 0};
  SessionBench bench;
  uint32_t read_tag = 0;
  uint32_t write_tag = 0;
  uint32_t other_tag = 0;

  Scene() {
    LW_ASSERT(bench.log_in());
    read_tag = bench.send(read).tag();
    write_tag = bench.send(write).tag();
    other_tag = bench.send(other).tag();
  }
  std::vector<uint8_t> data(size_t bytes) const { return std::vector<uint8_t>(bytes, 0x11); }
};

struct Lie {
  const char* what;
  void (*tell)(Scene&);
  const char* words;
  SessionFault fault;
};

const Lie kLies[] = {
    {"Data-In for an unknown task", [](Scene& s) { s.bench.feed(s.bench.data_in(0x00070003, 0, 0, s.data(8), false)); },
     "does not exist", SessionFault::tag},
    {"Data-In for the reserved tag",
     [](Scene& s) { s.bench.feed(s.bench.data_in(kReservedTag, 0, 0, s.data(8), false)); }, "does not exist",
     SessionFault::tag},
    {"Data-In with the right slot and another generation",
     [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag + 0x10000, 0, 0, s.data(8), false)); }, "does not exist",
     SessionFault::tag},
    {"Data-In with a tag beyond the slots",
     [](Scene& s) { s.bench.feed(s.bench.data_in(0x0001ff00, 0, 0, s.data(8), false)); }, "does not exist",
     SessionFault::tag},
    {"Data-In for a write", [](Scene& s) { s.bench.feed(s.bench.data_in(s.write_tag, 0, 0, s.data(8), false)); },
     "reads none", SessionFault::range},
    {"Data-In for a command without data",
     [](Scene& s) { s.bench.feed(s.bench.data_in(s.other_tag, 0, 0, s.data(8), false)); }, "reads none",
     SessionFault::range},
    {"Data-In beyond the end", [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 0, 0, s.data(1025), false)); },
     "1025 bytes", SessionFault::range},
    {"Data-In beyond the end in the second PDU",
     [](Scene& s) {
       s.bench.feed(s.bench.data_in(s.read_tag, 0, 0, s.data(1000), false));
       s.bench.feed(s.bench.data_in(s.read_tag, 1, 1000, s.data(25), false));
     },
     "25 bytes at offset 1000", SessionFault::range},
    {"Data-In at a high offset", [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 0, 1024, s.data(1), false)); },
     "offset 1024", SessionFault::range},
    {"Data-In at an offset that overflows",
     [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 0, UINT32_MAX, s.data(8), false)); }, "offset 4294967295",
     SessionFault::range},
    {"overlapping Data-In",
     [](Scene& s) {
       s.bench.feed(s.bench.data_in(s.read_tag, 0, 0, s.data(512), false));
       s.bench.feed(s.bench.data_in(s.read_tag, 1, 256, s.data(512), false));
     },
     "offset 256", SessionFault::range},
    {"Data-In with a gap", [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 0, 4, s.data(8), false)); },
     "offset 4", SessionFault::range},
    {"Data-In out of number", [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 1, 0, s.data(8), false)); },
     "Data-In 1 where 0", SessionFault::sequence},
    {"a data segment larger than agreed",
     [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 0, 0, s.data(262145), false)); },
     "262145 bytes where 262144", SessionFault::framing},
    {"Data-In status out of number",
     [](Scene& s) { s.bench.feed(s.bench.data_in(s.read_tag, 0, 0, s.data(1024), true).set32(24, 999)); }, "StatSN 999",
     SessionFault::sequence},
    {"a response out of number", [](Scene& s) { s.bench.feed(s.bench.scsi_response(s.read_tag).set32(24, 101)); },
     "StatSN 101", SessionFault::sequence},
    {"a response twice",
     [](Scene& s) {
       s.bench.feed(s.bench.scsi_response(s.other_tag));
       s.bench.feed(s.bench.scsi_response(s.other_tag));
     },
     "does not exist", SessionFault::tag},
    {"sense longer than its PDU",
     [](Scene& s) {
       const std::vector<uint8_t> payload{0, 3, 0x70, 0};
       s.bench.feed(s.bench.scsi_response(s.read_tag, 2).set_data(payload));
     },
     "sense data", SessionFault::framing},
    {"sense without length",
     [](Scene& s) {
       const std::vector<uint8_t> payload{0};
       s.bench.feed(s.bench.scsi_response(s.read_tag, 2).set_data(payload));
     },
     "sense data", SessionFault::framing},
    {"R2T for a read", [](Scene& s) { s.bench.feed(s.bench.r2t(s.read_tag, 0, 0, 512)); }, "that has none",
     SessionFault::range},
    {"R2T for an unknown task", [](Scene& s) { s.bench.feed(s.bench.r2t(5, 0, 0, 512)); }, "does not exist",
     SessionFault::tag},
    {"R2T without a tag", [](Scene& s) { s.bench.feed(s.bench.r2t(s.write_tag, 0, 65536, 512, kReservedTag)); },
     "without a tag", SessionFault::range},
    {"R2T of nothing", [](Scene& s) { s.bench.feed(s.bench.r2t(s.write_tag, 0, 65536, 0)); }, "0 bytes",
     SessionFault::range},
    {"R2T beyond the end", [](Scene& s) { s.bench.feed(s.bench.r2t(s.write_tag, 0, 65536, 65537)); }, "65537 bytes",
     SessionFault::range},
    {"R2T that overflows", [](Scene& s) { s.bench.feed(s.bench.r2t(s.write_tag, 0, UINT32_MAX, 512)); },
     "offset 4294967295", SessionFault::range},
    {"R2T for data sent before", [](Scene& s) { s.bench.feed(s.bench.r2t(s.write_tag, 0, 0, 512)); }, "offset 0",
     SessionFault::range},
    {"R2T out of number", [](Scene& s) { s.bench.feed(s.bench.r2t(s.write_tag, 1, 65536, 512)); }, "R2T 1 where 0",
     SessionFault::sequence},
    {"more R2Ts than agreed",
     [](Scene& s) {
       s.bench.feed(s.bench.r2t(s.write_tag, 0, 65536, 512));
       s.bench.feed(s.bench.r2t(s.write_tag, 1, 66048, 512));
     },
     "1 of 1 were open", SessionFault::sequence},
    {"the same data asked for for ever",
     [](Scene& s) {
       for (uint32_t i = 0; i < 1000; ++i) {
         s.bench.feed(s.bench.r2t(s.write_tag, i, 65536, 512));
         s.bench.collect();
       }
     },
     "offset 65536", SessionFault::range},
    {"an answer to no ping", [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::nop_in).set32(16, 0x0001ff00)); },
     "ping", SessionFault::tag},
    {"pings without end",
     [](Scene& s) {
       for (int i = 0; i < 1000; ++i) s.bench.feed(s.bench.numbered(Opcode::nop_in, 0x80, false).set32(20, 1));
     },
     "without reading the answers", SessionFault::flood},
    {"an answer to no task management",
     [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::task_management_response).set32(16, 0x0001ff10)); },
     "task management", SessionFault::tag},
    {"text that was not asked for",
     [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::text_response).set32(16, 0x0001ff03)); }, "not asked for",
     SessionFault::tag},
    {"a logout that was not asked for",
     [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::logout_response).set32(16, 0x0001ff02)); }, "not asked for",
     SessionFault::tag},
    {"a login in full feature", [](Scene& s) { s.bench.feed(s.bench.login_response(1, 3, "")); }, "not asked for",
     SessionFault::tag},
    {"an opcode of the initiator's", [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::scsi_command)); },
     "unknown opcode 01", SessionFault::framing},
    {"an unknown opcode", [](Scene& s) { s.bench.feed(s.bench.numbered(static_cast<Opcode>(0x3e))); },
     "unknown opcode 3e", SessionFault::framing},
    {"a reject of nothing", [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::reject).set8(2, 9)); },
     "without saying what", SessionFault::framing},
    {"a reject for a data digest",
     [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::reject).set8(2, 2).set_data(s.data(48))); }, "data digest",
     SessionFault::digest},
    {"a reject of a logout",
     [](Scene& s) {
       std::vector<uint8_t> rejected(48);
       rejected[0] = 0x46;
       s.bench.feed(s.bench.numbered(Opcode::reject).set8(2, 9).set_data(rejected));
     },
     "opcode 06", SessionFault::framing},
    {"sense of an event longer than its PDU",
     [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::async_message).set8(36, 0).set_data(s.data(4))); },
     "sense data", SessionFault::framing},
    {"an async message out of number",
     [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::async_message).set32(24, 1)); }, "StatSN 1 ",
     SessionFault::sequence},
    {"a reject out of number", [](Scene& s) { s.bench.feed(s.bench.numbered(Opcode::reject).set32(24, 1)); },
     "StatSN 1 ", SessionFault::sequence},
    {"data for a task that was answered",
     [](Scene& s) {
       s.bench.feed(s.bench.data_in(s.read_tag, 0, 0, s.data(1024), true));
       s.bench.feed(s.bench.data_in(s.read_tag, 1, 0, s.data(8), false));
     },
     "does not exist", SessionFault::tag},
    {"a read in crumbs",
     [](Scene& s) {
       for (uint32_t i = 0; i < 1000; ++i) s.bench.feed(s.bench.data_in(s.read_tag, i, i, s.data(1), false));
     },
     "floods", SessionFault::flood},
    {"a read in pieces of nothing",
     [](Scene& s) {
       for (uint32_t i = 0; i < 1000; ++i) s.bench.feed(s.bench.data_in(s.read_tag, i, 0, s.data(0), false));
     },
     "floods", SessionFault::flood},
    {"a write asked for in crumbs",
     [](Scene& s) {
       for (uint32_t i = 0; i < 1000; ++i) {
         s.bench.feed(s.bench.r2t(s.write_tag, i, 65536 + i, 1));
         s.bench.collect();
       }
     },
     "floods", SessionFault::flood},
    {"news of the window without end",
     [](Scene& s) {
       for (int i = 0; i < 1000; ++i) s.bench.feed(s.bench.numbered(Opcode::nop_in, 0x80, false));
     },
     "floods", SessionFault::flood},
    {"pings without end, each answered",
     [](Scene& s) {
       for (int i = 0; i < 1000; ++i) {
         s.bench.feed(s.bench.numbered(Opcode::nop_in, 0x80, false).set32(20, 1));
         s.bench.collect();
       }
     },
     "floods", SessionFault::flood},
    {"asynchronous messages without end",
     [](Scene& s) {
       for (int i = 0; i < 1000; ++i) s.bench.feed(s.bench.numbered(Opcode::async_message).set8(36, 255));
     },
     "floods", SessionFault::flood},
    {"rejects without end",
     [](Scene& s) {
       std::vector<uint8_t> rejected(48);
       rejected[0] = 0x05;
       for (int i = 0; i < 1000; ++i) {
         s.bench.feed(s.bench.numbered(Opcode::reject).set8(2, 9).set_data(rejected));
       }
     },
     "floods", SessionFault::flood},
    {"a PDU byte by byte",
     [](Scene& s) {
       const auto bytes = s.bench.encode(s.bench.scsi_response(s.other_tag));
       for (const uint8_t& byte : bytes) {
         s.bench.now_ns += 4 * kSecond;
         s.bench.feed(ByteView(&byte, 1));
         s.bench.session->on_time(s.bench.now_ns);
         s.bench.collect();
       }
     },
     "did not end it", SessionFault::drip},
};

TEST(SessionFailure, FailsOnEveryLieAndGivesTheTasksBackInOrder) {
  for (const Lie& lie : kLies) {
    Scene scene;
    lie.tell(scene);
    Session& session = *scene.bench.session;
    ASSERT_EQ(session.state(), SessionState::failed) << lie.what;
    const std::string& message = session.failure().message;
    EXPECT_NE(message.find(lie.words), std::string::npos) << lie.what << ": " << message;
    EXPECT_EQ(session.fault(), lie.fault) << lie.what << ": " << session_fault_name(session.fault());
    EXPECT_EQ(message.find("iqn.2026-11.test:disk: "), 0u) << message;
    EXPECT_FALSE(session.is_refusal());

    size_t given_back = scene.bench.take_finished().size();
    std::vector<ScsiTask*> lost;
    while (ScsiTask* task = session.abandon()) lost.push_back(task);
    given_back += lost.size();
    EXPECT_EQ(given_back, 3u) << lie.what;
    for (const ScsiTask* task : lost) EXPECT_EQ(task->outcome, TaskOutcome::lost) << lie.what;
    EXPECT_EQ(session.task_count(), 0u);
  }
}

TEST(SessionFailure, DoesNothingMoreOnceFailed) {
  Scene scene;
  scene.bench.feed(scene.bench.numbered(static_cast<Opcode>(0x3e)));
  Session& session = *scene.bench.session;
  iovec pieces[4];
  EXPECT_EQ(session.send_from(pieces, 0), 0u);
  EXPECT_EQ(session.receive_into(pieces), 0u);
  EXPECT_EQ(session.next_deadline_ns(), kNever);
  session.on_time(scene.bench.now_ns + 1000 * kSecond);
  session.logout(scene.bench.now_ns);
  session.connection_lost("again");
  EXPECT_EQ(session.state(), SessionState::failed);
  EXPECT_NE(session.failure().message.find("opcode"), std::string::npos);
}

TEST(SessionFailure, KeepsTasksWhileTheKernelHasTheirMemory) {
  Scene scene;
  Session& session = *scene.bench.session;
  // A receive into the task's memory is in flight when time runs out.
  BenchTask large(DataDirection::from_target, 256 * 1024);
  const uint32_t tag = scene.bench.send(large).tag();
  const auto bytes = scene.bench.encode(scene.bench.data_in(tag, 0, 0, scene.data(large.data_bytes), true));
  scene.bench.feed(ByteView(bytes).first(1000));
  iovec pieces[4];
  ASSERT_EQ(session.receive_into(pieces), 2u);
  EXPECT_EQ(pieces[0].iov_base, large.memory.data() + 952);
  session.on_time(scene.bench.now_ns + 5 * kSecond);
  session.on_time(scene.bench.now_ns + 10 * kSecond);
  ASSERT_EQ(session.state(), SessionState::failed);
  EXPECT_TRUE(scene.bench.take_finished().empty());
  session.received(5000, scene.bench.now_ns);  // it ends nevertheless
  EXPECT_TRUE(scene.bench.take_finished().empty());
  std::vector<ScsiTask*> lost;
  while (ScsiTask* task = session.abandon()) lost.push_back(task);
  EXPECT_EQ(lost, (std::vector<ScsiTask*>{&scene.read, &scene.write, &scene.other, &large}));
}

TEST(SessionFailure, GivesBackInOrderOfSubmissionAlsoWhatWasNeverSent) {
  std::vector<std::unique_ptr<BenchTask>> tasks;
  for (int i = 0; i < 40; ++i) tasks.push_back(std::make_unique<BenchTask>(DataDirection::none, 0));
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  for (auto& task : tasks) bench.session->submit(*task);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 16u);
  bench.feed(bench.scsi_response(pdus[4].tag()));
  bench.take_finished();
  bench.collect();
  bench.session->connection_lost("connection reset by peer");
  EXPECT_EQ(bench.session->failure().message, "iqn.2026-11.test:disk: connection reset by peer");
  EXPECT_EQ(bench.session->failure().code, ErrorCode::unreachable);
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (i == 4) continue;
    ASSERT_EQ(bench.session->abandon(), tasks[i].get()) << i;
    EXPECT_EQ(tasks[i]->was_sent, i < 17) << i;
  }
  EXPECT_EQ(bench.session->abandon(), nullptr);
}

TEST(SessionFailure, TakesTasksAfterTheEnd) {
  BenchTask task(DataDirection::none, 0);
  SessionBench bench;
  bench.session->connection_lost("no route to host");
  bench.session->submit(task);
  EXPECT_TRUE(bench.collect().empty());
  EXPECT_EQ(bench.session->abandon(), &task);
  EXPECT_FALSE(task.was_sent);
}

TEST(SessionFailure, GivesBackTheAnswerOfATaskThatWasHeld) {
  BenchTask task(DataDirection::to_target, 16384);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->submit(task);
  std::vector<iovec> pieces(8);
  ASSERT_GT(bench.session->send_from(pieces, 0), 0u);
  bench.session->sent(100, bench.now_ns);
  bench.feed(bench.scsi_response(task.task_tag, 0x18));
  EXPECT_EQ(bench.session->take_finished(), nullptr);
  bench.session->connection_lost("reset");
  ASSERT_EQ(bench.session->abandon(), &task);
  EXPECT_EQ(task.outcome, TaskOutcome::answered);
  EXPECT_EQ(task.scsi_status, 0x18);
}

TEST(SessionFailure, LetsARejectedCommandComeBack) {
  Scene scene;
  TargetPdu reject = scene.bench.numbered(Opcode::reject);
  std::vector<uint8_t> rejected(48);
  rejected[0] = 0x01;
  store_be<uint32_t>(rejected, 16, scene.other_tag);
  scene.bench.feed(reject.set8(2, 5).set_data(rejected));
  ASSERT_EQ(scene.bench.session->state(), SessionState::full_feature);
  ASSERT_EQ(scene.bench.take_finished(), std::vector<ScsiTask*>{&scene.other});
  EXPECT_EQ(scene.other.outcome, TaskOutcome::rejected);
  EXPECT_EQ(scene.other.iscsi_response, 5);
  // Rejects of what is gone, and of Data-Out, whose command is answered by itself, change nothing.
  scene.bench.feed(scene.bench.numbered(Opcode::reject).set8(2, 5).set_data(rejected));
  rejected[0] = 0x05;
  scene.bench.feed(scene.bench.numbered(Opcode::reject).set8(2, 5).set_data(rejected));
  EXPECT_EQ(scene.bench.session->state(), SessionState::full_feature);
  EXPECT_EQ(scene.bench.session->counters().rejects, 3u);
}

}  // namespace
}  // namespace laneway::iscsi
