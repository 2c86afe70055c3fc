// The engine driven by laneway-enginectl, without a target: functions on memory and files, restarts, bad input.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/units.h"
#include "base/unix_socket.h"
#include "stage.h"

namespace laneway {
namespace {

class EngineE2e : public Stage {
 protected:
  // A function that failed is tried again by itself.
  void wait_for_serving(const std::string& function) const {
    std::string state;
    for (int i = 0; i < 5000 && state != "serving"; ++i) {
      state = text_at(laneway_json({"vf", "show", function}), "state");
    }
    EXPECT_EQ(state, "serving");
  }
  size_t function_count() const { return member(laneway_json({"vf", "list"}), "functions").size(); }
  void expect_nothing_of(const std::string& function) const {
    EXPECT_EQ(function_count(), 0u);
    EXPECT_FALSE(std::filesystem::exists(socket_of(function)));
    EXPECT_EQ(content_of(dir_.at("s/engine.json")).find("\"" + function + "\""), std::string::npos);
  }
};

TEST_F(EngineE2e, ServesAFunctionFromCreationToDeletion) {
  start_engine();
  expect_done({"vf", "create", "vm1", "--memory", "1G", "--serial", "S1", "--queues", "2"});
  const Json shown = laneway_json({"vf", "show", "vm1"});
  EXPECT_EQ(text_at(shown, "state"), "serving");
  EXPECT_EQ(number_at(shown, "capacity_bytes"), uint64_t{1} << 30);
  EXPECT_EQ(text_at(shown, "serial"), "S1");
  EXPECT_EQ(text_at(shown, "socket_path"), socket_of("vm1"));
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value());
  expect_done({"vf", "resize", "vm1", "2G"});
  EXPECT_EQ(number_at(laneway_json({"vf", "show", "vm1"}), "capacity_bytes"), uint64_t{2} << 30);
  EXPECT_EQ(number_at(laneway_json({"vf", "stats", "vm1"}), "reads", 99), 0u);
  expect_done({"vf", "delete", "vm1"});
  expect_nothing_of("vm1");
  EXPECT_EQ(stop_engine(), 0);
  EXPECT_FALSE(std::filesystem::exists(dir_.at("r/engine.sock")));
}

TEST_F(EngineE2e, SpreadsAndMovesQueuesOverReactors) {
  start_engine({"--reactors", "2"});
  expect_done({"vf", "create", "vm1", "--memory", "1M", "--queues", "4", "--reactors", "2"});
  const auto reactors = [this] { return member(laneway_json({"vf", "show", "vm1"}), "queue_reactors"); };
  const Json spread = reactors();
  ASSERT_EQ(spread.size(), 4u);
  EXPECT_NE(spread[0], spread[1]);
  EXPECT_EQ(spread[0], spread[2]);
  expect_done({"vf", "move", "vm1", "--queue", "all", "--reactor", "1"});
  EXPECT_EQ(reactors(), Json({1, 1, 1, 1}));
  expect_done({"vf", "move", "vm1", "--queue", "2", "--reactor", "0"});
  EXPECT_EQ(reactors(), Json({1, 1, 0, 1}));
  expect_refused({"vf", "move", "vm1", "--queue", "4", "--reactor", "0"}, {"'vm1' was not moved", "no queue 4"});
  expect_refused({"vf", "move", "vm1", "--queue", "0", "--reactor", "2"}, {"'vm1' was not moved", "no reactor 2"});
  expect_refused({"vf", "move", "vm1", "--queue", "some", "--reactor", "0"}, {"--queue takes"}, 2);
  EXPECT_EQ(stop_engine(), 0);
}

TEST_F(EngineE2e, ReactorsComeAndGoUnderAVerifiedLoad) {
  start_engine({"--reactors", "2"});
  expect_done({"vf", "create", "vm1", "--memory", "8M", "--queues", "4", "--reactors", "2"});
  expect_done({"vf", "create", "vm2", "--memory", "8M"});
  const auto numbers = [this] {
    const Json list = laneway_json({"reactor", "list"});
    std::vector<uint64_t> out;
    for (const Json& each : member(list, "reactors")) out.push_back(number_at(each, "index"));
    return out;
  };
  EXPECT_EQ(numbers(), (std::vector<uint64_t>{0, 1}));
  {
    Process load({binary("laneway"), "bench", socket_of("vm1"), "--verify", "--overwrite", "--reads", "50", "--queues",
                  "4", "--depth", "8", "--warm-up", "0", "--time", "2"},
                 dir_.at("load.log"));
    // Each round all that is on a reactor finds another place, and the lowest number is free again.
    for (uint32_t round = 0; round < 6 && !load.has_ended(); ++round) {
      EXPECT_EQ(number_at(laneway_json({"reactor", "add"}), "index"), round == 0 ? 2u : (round - 1) % 2);
      const std::string leaving = std::to_string(round % 2);
      expect_done({"reactor", "remove", leaving});
      for (const char* name : {"vm1", "vm2"}) {
        const Json shown = laneway_json({"vf", "show", name});
        for (const Json& each : member(shown, "queue_reactors")) {
          EXPECT_NE(each, Json(round % 2));
        }
      }
    }
    EXPECT_EQ(load.wait(), 0) << content_of(dir_.at("load.log"));
  }
  EXPECT_EQ(number_at(laneway_json({"vf", "stats", "vm1"}), "errors", 9), 0u);
  EXPECT_GT(number_at(laneway_json({"vf", "stats", "vm1"}), "writes"), 0u);
  EXPECT_EQ(stop_engine(), 0);
}

TEST_F(EngineE2e, RefusesToRemoveTheLastReactorAndToAddOneWhereItCannotRun) {
  start_engine();
  expect_refused({"reactor", "remove", "0"}, {"Reactor 0 was not removed", "the last one", "laneway reactor add"});
  expect_refused({"reactor", "remove", "7"}, {"Reactor 7 was not removed", "no reactor 7", "laneway reactor list"});
  expect_refused({"reactor", "add", "--cpu", "4000"}, {"No reactor was added", "CPU 4000 cannot be used"});
  expect_refused({"reactor", "add", "--cpu", "5000"}, {"'cpu'", "5000"});
  EXPECT_EQ(member(laneway_json({"reactor", "list"}), "reactors").size(), 1u);
  expect_done({"reactor", "add", "--cpu", "0"});
  expect_done({"reactor", "remove", "0"});
  const Json list = laneway_json({"reactor", "list"});
  EXPECT_EQ(number_at(member(list, "reactors")[0], "cpu", 99), 0u);
  EXPECT_EQ(stop_engine(), 0);
}

TEST_F(EngineE2e, HasItsFunctionsAgainAfterARestartAndAfterACrash) {
  start_engine({"--reactors", "2"});
  expect_done({"vf", "create", "vm1", "--memory", "1G"});
  expect_done({"vf", "create", "vm2", "--file", dir_.at("disk.raw"), "--size", "8M", "--read-only"});
  EXPECT_EQ(stop_engine(), 0);
  start_engine();
  EXPECT_EQ(function_count(), 2u);
  EXPECT_TRUE(flag_at(laneway_json({"vf", "show", "vm2"}), "read_only"));
  kill_engine();
  start_engine();  // over the stale sockets of the one before
  wait_for_serving("vm1");
  wait_for_serving("vm2");
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value());
}

TEST_F(EngineE2e, KeepsAFunctionWhoseFileIsAwayAndServesItWhenItIsBack) {
  start_engine();
  const std::string disk = dir_.at("disk.raw");
  expect_done({"vf", "create", "vm1", "--file", disk, "--size", "8M"});
  EXPECT_EQ(stop_engine(), 0);
  std::filesystem::rename(disk, disk + ".away");
  start_engine();
  const Json shown = laneway_json({"vf", "show", "vm1"});
  EXPECT_EQ(text_at(shown, "state"), "failed");
  EXPECT_TRUE(has_parts(text_at(shown, "reason"), {disk, "does not exist", "check the path"}));
  expect_refused({"vf", "resize", "vm1", "16M"}, {"'vm1' was not resized", "does not exist"});
  std::filesystem::rename(disk + ".away", disk);
  wait_for_serving("vm1");
}

TEST_F(EngineE2e, RefusesBadInputInOneSentenceAndLeavesNothing) {
  start_engine();
  expect_refused({"vf", "create", "vm1", "--memory", "1000"},
                 {"1000", "no multiple", "512-byte sector", "round it to 1024"});
  expect_refused({"vf", "create", "vm1", "--memory", "512", "--block-size", "4096"},
                 {"512", "4096-byte sector", "round"});
  expect_refused({"vf", "create", "../vm1", "--memory", "1M"}, {"'../vm1'", "malformed", "letters, digits"});
  expect_refused({"vf", "create", "-x", "--memory", "1M"}, {"'-x' is not known", "laneway-enginectl vf create --help"},
                 2);
  expect_refused({"vf", "create", std::string(65, 'n'), "--memory", "1M"}, {"65 bytes", "1 to 64"});
  expect_refused({"vf", "create", "vm1", "--memory", "1M", "--serial", std::string(21, 's')},
                 {"'serial'", "21 bytes", "at most 20"});
  expect_refused({"vf", "create", "vm1", "--memory", "1M", "--queues", "0"}, {"'queues'", "is 0", "1 to 128"});
  expect_refused({"vf", "create", "vm1", "--memory", "1M", "--queue-size", "100"},
                 {"'queue_size'", "100", "power of two"});
  expect_refused({"vf", "create", "vm1", "--memory", "1M", "--socket", dir_.at(std::string(120, 's'))},
                 {"'vm1' was not created", "bytes long", "107", "shorter"});
  expect_refused({"vf", "create", "vm1", "--memory", "1M", "--socket", write_file("taken", "x")},
                 {"'vm1' was not created", "taken", "exists", "another path"});
  expect_refused({"vf", "create", "vm1", "--file", dir_.at("none.raw")},
                 {"'vm1' was not created", "none.raw", "does not exist", "check the path"});
  expect_refused({"vf", "create", "vm1", "--target", "none", "--lun", "1"},
                 {"'vm1' was not created", "no target 'none'", "target login"});
  expect_refused({"vf", "show", "vm1"}, {"no function 'vm1'", "vf list"});
  expect_nothing_of("vm1");
  EXPECT_TRUE(std::filesystem::exists(dir_.at("taken")));
}

TEST_F(EngineE2e, RefusesANameThatIsTaken) {
  start_engine();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  expect_refused({"vf", "create", "vm1", "--memory", "2M"}, {"'vm1' was not created", "taken", "choose another"});
  EXPECT_EQ(number_at(laneway_json({"vf", "show", "vm1"}), "capacity_bytes"), uint64_t{1} << 20);
}

TEST_F(EngineE2e, RunsAsAnOrdinaryUserAndRefusesAFileThatItMayNotRead) {
  start_engine_as_nobody();
  const std::string disk = write_file("disk.raw", std::string(4096, 'x'), 0);
  expect_refused({"vf", "create", "vm1", "--file", disk}, {"'vm1' was not created", disk, "Permission denied"});
  expect_nothing_of("vm1");
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
}

TEST_F(EngineE2e, CannotGainPrivileges) {
  start_engine();
  const std::string status = content_of("/proc/" + std::to_string(engine_->pid()) + "/status");
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
}

TEST_F(EngineE2e, RefusesAFileThatExistsWhereANewOneIsAskedFor) {
  start_engine();
  const std::string disk = write_file("disk.raw", std::string(4096, 'x'));
  expect_refused({"vf", "create", "vm1", "--file", disk, "--size", "1M"}, {"'vm1' was not created", disk, "exist"});
  EXPECT_EQ(std::filesystem::file_size(disk), 4096u);
  expect_nothing_of("vm1");
}

TEST_F(EngineE2e, SaysHowToReachAnEngineThatDoesNotRun) {
  expect_refused({"vf", "list"}, {"No engine answers", "engine.sock", "start laneway-engine", "--socket"}, 3);
}

TEST_F(EngineE2e, LetsOneEngineUseAStateDirectory) {
  start_engine();
  const Outcome second = run({programs() + "/laneway-engine", "--state-dir", dir_.at("s"), "--run-dir", dir_.at("r2")});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find("Another engine uses"), std::string::npos) << second.err;
  EXPECT_TRUE(is_engine_running());
}

TEST_F(EngineE2e, RefusesADamagedStateFileAndKeepsIt) {
  std::filesystem::create_directory(dir_.at("s"));
  const std::string state = write_file("s/engine.json", "{\"damaged\"");
  const Outcome outcome = run({programs() + "/laneway-engine", "--state-dir", dir_.at("s"), "--run-dir", dir_.at("r")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("restore it from a copy"), std::string::npos) << outcome.err;
  EXPECT_EQ(content_of(state), "{\"damaged\"");
}

TEST_F(EngineE2e, LimitsFunctionsAndGroupsAndKeepsThemOverARestart) {
  start_engine();
  expect_done({"group", "create", "gold", "--iops-max", "20000", "--iops-burst", "1000"});
  expect_done({"vf", "create", "vm1", "--memory", "1M", "--group", "gold", "--iops-min", "500", "--bytes-max", "100M"});
  expect_done({"vf", "create", "vm2", "--memory", "1M"});
  expect_done({"vf", "limit", "vm2", "--group", "gold", "--iops-max", "3000"});
  expect_done({"group", "limit", "gold", "--iops-max", "10000"});
  expect_refused({"vf", "limit", "vm2", "--iops-min", "9600"}, {"'iops_min'", "is 9600", "'iops_max' of 3000"});
  expect_refused({"vf", "limit", "vm2", "--iops-max", "none", "--iops-min", "9600"},
                 {"'vm2' was not limited", "10100 requests", "10000", "lower one"});
  expect_refused({"vf", "limit", "vm2", "--bytes-max", "1K"}, {"'bytes_max'", "is 1024", "4096"});
  expect_refused({"vf", "create", "vm3", "--memory", "1M", "--iops-burst", "5"}, {"'iops_burst'", "'iops_max'"});
  expect_refused({"vf", "create", "vm3", "--memory", "1M", "--group", "tin"}, {"'vm3' was not created", "'tin'"});
  expect_refused({"group", "delete", "gold"}, {"'gold' was not deleted", "'vm1' is in it"});
  EXPECT_EQ(stop_engine(), 0);
  start_engine();
  const Json limits = member(laneway_json({"vf", "limit", "vm1"}), "limits");
  EXPECT_EQ(limits, (Json{{"iops_min", 500}, {"bytes_max", 100 << 20}}));
  const Json group = laneway_json({"group", "show", "gold"});
  EXPECT_EQ(member(group, "limits"), (Json{{"iops_max", 10000}, {"iops_burst", 1000}}));
  EXPECT_EQ(member(group, "members").size(), 2u);
  EXPECT_EQ(text_at(laneway_json({"vf", "show", "vm2"}), "group"), "gold");
  EXPECT_EQ(laneway({"__complete", "group", "show", ""}).out, "gold\t\n");
  expect_done({"vf", "limit", "vm1", "--group", "none", "--iops-min", "none"});
  expect_done({"vf", "delete", "vm2"});
  expect_done({"group", "delete", "gold"});
  EXPECT_EQ(member(laneway_json({"group", "list"}), "groups").size(), 0u);
}

// How exact a limit is the unit tests say on simulated time; here it is seen to reach a real client's requests.
TEST_F(EngineE2e, ALimitHoldsARealClientBackUntilItIsTakenAway) {
  start_engine();
  expect_done({"vf", "create", "vm1", "--memory", "16M", "--iops-max", "200"});
  const auto held_in_a_run = [&] {
    const uint64_t before = number_at(laneway_json({"vf", "stats", "vm1"}), "held");
    const Outcome run_of_it =
        run({binary("laneway"), "bench", socket_of("vm1"), "--depth", "16", "--warm-up", "0", "--time", "0.3"});
    EXPECT_EQ(run_of_it.exit_code, 0) << run_of_it.err;
    return number_at(laneway_json({"vf", "stats", "vm1"}), "held") - before;
  };
  EXPECT_GT(held_in_a_run(), 0u);
  expect_done({"vf", "limit", "vm1", "--iops-max", "none"});
  EXPECT_EQ(held_in_a_run(), 0u);
  EXPECT_GT(number_at(laneway_json({"vf", "stats", "vm1"}), "cpu_ns"), 0u);
}

TEST_F(EngineE2e, CompletesNamesOfFunctions) {
  start_engine();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  const Outcome outcome = laneway({"__complete", "vf", "show", "v"});
  EXPECT_EQ(outcome.out, "vm1\t\n");
  EXPECT_NE(laneway({"completion", "bash"}).out.find("__complete"), std::string::npos);
}

TEST_F(EngineE2e, EndsOnSigintAsOnSigterm) {
  start_engine();
  engine_->signal(SIGINT);
  EXPECT_EQ(engine_->wait(), 0);
}

}  // namespace
}  // namespace laneway
