#include <gtest/gtest.h>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::BenchTask;
using testing::SentPdu;
using testing::SessionBench;

constexpr uint64_t kLun2 = uint64_t{2} << 48;

TEST(SessionManagement, ResetsALogicalUnitAndItsTasks) {
  BenchTask here(DataDirection::from_target, 512);
  BenchTask there(DataDirection::from_target, 512);
  BenchTask later(DataDirection::from_target, 512);
  TaskManagement reset;
  there.lun = kLun2;
  reset.function = TaskFunction::logical_unit_reset;
  reset.lun = here.lun;
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.send(here);
  bench.send(there);
  bench.session->submit(reset);
  bench.session->submit(later);
  auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);  // new tasks wait for the reset
  EXPECT_EQ(pdus[0].opcode(), Opcode::task_management);
  EXPECT_TRUE(pdus[0].is_immediate());
  EXPECT_EQ(pdus[0].flags(), 0x80 | 5);
  EXPECT_EQ(pdus[0].lun(), here.lun);
  EXPECT_EQ(pdus[0].at32(20), kReservedTag);
  EXPECT_EQ(pdus[0].at32(24), 3u);
  EXPECT_EQ(bench.session->take_finished_management(), nullptr);

  bench.feed(bench.numbered(Opcode::task_management_response).set32(16, pdus[0].tag()));
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&here});
  EXPECT_EQ(here.outcome, TaskOutcome::aborted);
  EXPECT_EQ(bench.session->take_finished_management(), &reset);
  EXPECT_TRUE(reset.is_finished);
  EXPECT_EQ(reset.response, TaskFunctionResponse::complete);
  pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::scsi_command);
  EXPECT_EQ(pdus[0].at32(24), 3u);  // the function took no CmdSN
}

TEST(SessionManagement, EndsEveryTaskWithTheTarget) {
  BenchTask here(DataDirection::from_target, 512);
  BenchTask there(DataDirection::from_target, 512);
  TaskManagement reset;
  there.lun = kLun2;
  reset.function = TaskFunction::target_warm_reset;
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.send(here);
  bench.send(there);
  bench.session->submit(reset);
  bench.feed(bench.numbered(Opcode::task_management_response).set32(16, bench.collect().at(0).tag()));
  EXPECT_EQ(bench.take_finished().size(), 2u);
  bench.session->take_finished_management();
}

TEST(SessionManagement, LeavesTasksAloneWhereItFails) {
  for (const uint8_t response : {uint8_t{1}, uint8_t{2}, uint8_t{5}, uint8_t{255}, uint8_t{254}}) {
    BenchTask task(DataDirection::from_target, 512);
    TaskManagement clear;
    clear.function = TaskFunction::clear_task_set;
    clear.lun = task.lun;
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    bench.send(task);
    bench.session->submit(clear);
    bench.feed(
        bench.numbered(Opcode::task_management_response).set32(16, bench.collect().at(0).tag()).set8(2, response));
    EXPECT_TRUE(bench.take_finished().empty());
    ASSERT_EQ(bench.session->take_finished_management(), &clear);
    EXPECT_EQ(static_cast<uint8_t>(clear.response), response == 254 ? 255 : response);
  }
}

TEST(SessionManagement, AbortsOneTask) {
  BenchTask first(DataDirection::from_target, 512);
  BenchTask second(DataDirection::from_target, 512);
  TaskManagement abort;
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.send(first);
  const SentPdu command = bench.send(second);
  abort.function = TaskFunction::abort_task;
  abort.task = &second;
  bench.session->submit(abort);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].flags(), 0x80 | 1);
  EXPECT_EQ(pdus[0].at32(20), command.tag());
  EXPECT_EQ(pdus[0].at32(32), 2u);  // RefCmdSN
  EXPECT_EQ(pdus[0].lun(), second.lun);
  bench.feed(bench.numbered(Opcode::task_management_response).set32(16, pdus[0].tag()));
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&second});
  EXPECT_EQ(bench.session->take_finished_management(), &abort);
  // An answer to the aborted task is a lie from here on.
  bench.feed(bench.scsi_response(command.tag()));
  EXPECT_EQ(bench.session->state(), SessionState::failed);
}

TEST(SessionManagement, AbortsAnUnsentTaskByItself) {
  BenchTask task(DataDirection::none, 0);
  TaskManagement abort;
  abort.function = TaskFunction::abort_task;
  abort.task = &task;
  SessionBench bench;
  bench.max_cmd_sn = 0;
  ASSERT_TRUE(bench.log_in());
  bench.session->submit(task);
  bench.session->submit(abort);
  EXPECT_TRUE(bench.collect().empty());
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&task});
  EXPECT_EQ(task.outcome, TaskOutcome::aborted);
  EXPECT_FALSE(task.was_sent);
  EXPECT_EQ(bench.session->take_finished_management(), &abort);
  EXPECT_EQ(abort.response, TaskFunctionResponse::complete);
}

TEST(SessionManagement, FindsThatTheTaskWasAnsweredInTheMeantime) {
  for (const bool is_answered_first : {true, false}) {
    BenchTask task(DataDirection::none, 0);
    TaskManagement abort;
    abort.function = TaskFunction::abort_task;
    abort.task = &task;
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    const uint32_t tag = bench.send(task).tag();
    if (!is_answered_first) bench.session->submit(abort);
    bench.feed(bench.scsi_response(tag));
    if (is_answered_first) bench.session->submit(abort);
    EXPECT_TRUE(bench.collect().empty());
    EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&task});
    EXPECT_EQ(task.outcome, TaskOutcome::answered);
    EXPECT_EQ(bench.session->take_finished_management(), &abort);
    EXPECT_EQ(abort.response, TaskFunctionResponse::no_such_task);
  }
}

TEST(SessionManagement, KeepsSendingDataUntilTheFunctionIsAnswered) {
  // RFC 7143 4.2.3.3: R2Ts of the tasks that are about to end are still served, and nothing after that.
  BenchTask task(DataDirection::to_target, 128 * 1024);
  TaskManagement reset;
  reset.lun = task.lun;
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  bench.session->submit(reset);
  const uint32_t reset_tag = bench.collect().at(0).tag();
  bench.feed(bench.r2t(tag, 0, 65536, 32768));
  EXPECT_EQ(bench.collect().size(), 1u);
  bench.feed(bench.r2t(tag, 1, 98304, 32768));
  bench.feed(bench.numbered(Opcode::task_management_response).set32(16, reset_tag));
  EXPECT_TRUE(bench.collect().empty());
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&task});
  bench.session->take_finished_management();
}

TEST(SessionManagement, ComesBackWhereTheTargetRejectsIt) {
  TaskManagement reset;
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->submit(reset);
  const auto pdus = bench.collect();
  bench.feed(bench.numbered(Opcode::reject).set8(2, 6).set_data(pdus.at(0).bhs));
  ASSERT_EQ(bench.session->take_finished_management(), &reset);
  EXPECT_EQ(reset.response, TaskFunctionResponse::rejected);
}

TEST(SessionManagement, TimesOut) {
  TaskManagement reset;
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->submit(reset);
  bench.collect();
  for (int second = 0; second < 29; ++second) {
    bench.now_ns += kSecond;
    bench.feed(bench.numbered(Opcode::nop_in, 0x80, false));  // alive, but silent on this
    bench.session->on_time(bench.now_ns);
    ASSERT_EQ(bench.session->state(), SessionState::full_feature);
  }
  bench.session->on_time(bench.now_ns + kSecond);
  ASSERT_EQ(bench.session->state(), SessionState::failed);
  EXPECT_EQ(bench.session->failure().code, ErrorCode::timed_out);
  EXPECT_EQ(bench.session->abandon_management(), &reset);
  EXPECT_FALSE(reset.is_finished);
  EXPECT_EQ(reset.response, TaskFunctionResponse::lost);
}

TEST(SessionManagement, SendsAFewAtATime) {
  std::vector<std::unique_ptr<TaskManagement>> functions;
  for (int i = 0; i < 6; ++i) functions.push_back(std::make_unique<TaskManagement>());
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  for (auto& function : functions) bench.session->submit(*function);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), ManagementTable::kSlots);
  bench.feed(bench.numbered(Opcode::task_management_response).set32(16, pdus[2].tag()));
  EXPECT_EQ(bench.session->take_finished_management(), functions[2].get());
  EXPECT_EQ(bench.collect().size(), 1u);
  bench.session->connection_lost("reset");
  size_t lost = 0;
  while (bench.session->abandon_management() != nullptr) ++lost;
  EXPECT_EQ(lost, 5u);
}

TEST(SessionManagement, LetsAnUnsentTaskBeWithdrawn) {
  BenchTask sent(DataDirection::none, 0);
  BenchTask unsent(DataDirection::none, 0);
  SessionBench bench;
  bench.max_cmd_sn = 1;
  ASSERT_TRUE(bench.log_in());
  bench.session->submit(sent);
  bench.session->submit(unsent);
  bench.collect();
  EXPECT_FALSE(bench.session->withdraw(sent));
  EXPECT_TRUE(bench.session->withdraw(unsent));
  EXPECT_EQ(unsent.outcome, TaskOutcome::pending);
  EXPECT_EQ(bench.session->task_count(), 1u);
}

}  // namespace
}  // namespace laneway::iscsi
