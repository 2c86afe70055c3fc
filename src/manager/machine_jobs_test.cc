// Work on machines, with a hypervisor and an engine that are played.
#include "manager/machine_jobs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "manager/machine_disks.h"
#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

const HttpHeaders kNow = {{"if-match", "*"}};

class MachineJobsTest : public ::testing::Test {
 protected:
  MachineJobsTest() {
    make_function("f");
    stage_.hypervisor.put(running_machine("vm"));
    look();
  }
  ~MachineJobsTest() override { EXPECT_EQ(stage_.last_mismatch, ""); }

  void make_function(const std::string& name) {
    (void)stage_.ask("PUT", "/api/v1/volumes/" + name, {{"spec", memory_volume()}});
    (void)stage_.ask("PUT", "/api/v1/functions/" + name, {{"spec", {{"volume", name}}}});
    stage_.settle();
  }
  void look() { stage_.plane().machines().turn(); }
  void set_arrived(bool is_attached, bool is_used) {
    stage_.engine.set_member("functions", "f", "attached", is_attached);
    stage_.engine.set_member("functions", "f", "driver_active", is_used);
  }
  ApiStage::Got attach(const std::string& query = "&guest_s=1") {
    return stage_.ask("PUT", "/api/v1/machines/vm/functions/f?wait=20" + query);
  }
  ApiStage::Got detach() { return stage_.ask("DELETE", "/api/v1/machines/vm/functions/f?wait=20"); }
  ApiStage::Got power(const std::string& action) {
    return stage_.ask("POST", "/api/v1/machines/vm/power?wait=20", {{"action", action}, {"guest_s", 1}});
  }
  void set_power(MachinePower power) {
    MachineFacts machine = running_machine("vm");
    machine.power = power;
    stage_.hypervisor.put(machine);
    look();
  }
  Json task_of(const ApiStage::Got& got) {
    const std::string id = text_at(got.body, "task");
    return stage_.get(id.empty() ? got.header("location") : "/api/v1/tasks/" + id).body;
  }
  // What its task told, as one text.
  std::string log_of(const ApiStage::Got& got) {
    const Json task = task_of(got);
    std::string text;
    for (const Json& line : member(task, "log")) text += text_at(line, "text") + "\n";
    return text;
  }
  static void expect_says(const ApiStage::Got& got, unsigned status, const std::string& words) {
    EXPECT_EQ(got.status, status) << to_line(got.body);
    EXPECT_NE(text_at(got.body, "detail").find(words), std::string::npos) << to_line(got.body);
  }

  ApiStage stage_;
};

TEST_F(MachineJobsTest, ADiskIsAttachedWhenTheGuestUsesIt) {
  set_arrived(true, true);
  const auto got = attach();
  EXPECT_EQ(got.status, 200u) << to_line(got.body);
  const Json& disk = got.body["status"]["disks"][0];
  EXPECT_EQ(text_at(disk, "function"), "f");
  EXPECT_EQ(text_at(disk, "target"), "vda");
  EXPECT_TRUE(flag_at(disk, "live") && flag_at(disk, "stored"));
  EXPECT_EQ(got.body["spec"]["functions"], Json({"f"}));
  EXPECT_NE(log_of(got).find("driver runs its rings"), std::string::npos);
  EXPECT_EQ(number_at(task_of(got), "progress"), 100u);
  // Again: it has it.
  EXPECT_EQ(attach().body["status"]["disks"].size(), 1u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/functions/f").status, 409u);
  set_arrived(false, false);
  EXPECT_EQ(detach().status, 200u);
  EXPECT_EQ(detach().status, 200u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/functions/f?wait=5").status, 204u);
}

TEST_F(MachineJobsTest, AnAttachThatDoesNotArriveSaysWhatIsMissing) {
  set_arrived(true, false);
  expect_says(attach(), 409, "guest has not begun to use it within 1 s");
  EXPECT_EQ(text_at(stage_.get("/api/v1/tasks").body["items"][0], "state"), "failed");
  // It stays, and its guest is waited for no more.
  const auto again = attach("&guest_s=0");
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again.body["status"]["disks"].size(), 1u);
}

TEST_F(MachineJobsTest, AMachineWhoseMemoryIsItsOwnIsExplainedAndMended) {
  MachineFacts machine = running_machine("vm");
  machine.now.is_memory_shared = machine.stored.is_memory_shared = false;
  stage_.hypervisor.put(machine);
  look();
  expect_says(attach(), 409, "switch it off, set its spec.shared_memory to true, and start it");
  EXPECT_EQ(power("stop").status, 200u);
  EXPECT_EQ(stage_.ask("PATCH", "/api/v1/machines/vm", {{"spec", {{"shared_memory", true}}}}, kNow).status, 200u);
  const auto off = attach();
  EXPECT_EQ(off.status, 200u) << to_line(off.body);
  EXPECT_NE(log_of(off).find("at its next start"), std::string::npos);
  set_arrived(true, false);
  const auto on = power("start");
  EXPECT_EQ(on.status, 200u) << to_line(on.body);
  EXPECT_TRUE(flag_at(on.body["status"]["disks"][0], "live"));
}

TEST_F(MachineJobsTest, WhatCannotBeAttachedIsRefused) {
  EXPECT_EQ(stage_.ask("PUT", "/api/v1/machines/none/functions/f").status, 404u);
  EXPECT_EQ(stage_.ask("PUT", "/api/v1/machines/vm/functions/none").status, 404u);
  EXPECT_EQ(stage_.ask("PUT", "/api/v1/machines/vm/functions/f?target=sda").status, 400u);
  MachineFacts machine = running_machine("other", text_at(stage_.engine.thing("functions", "f"), "socket_path"));
  stage_.hypervisor.put(machine);
  look();
  expect_says(attach(), 409, "is a disk of machine 'other'");
  stage_.hypervisor.remove("other");
  machine = running_machine("vm", "/somebody/else.sock");
  stage_.hypervisor.put(machine);
  look();
  expect_says(attach("&target=vda"), 409, "has another disk vda");
  stage_.engine.set_member("functions", "f", "state", "failed");
  stage_.settle();
  expect_says(attach(), 409, "not served now (failed)");
}

TEST_F(MachineJobsTest, AGuestThatKeepsItsDiskIsAskedAgainAndTold) {
  set_arrived(true, true);
  EXPECT_EQ(attach().status, 200u);
  stage_.hypervisor.set_stubborn(true, true);
  std::thread taking_back([&] {
    ListQuery detaches;
    detaches.filters = {{"verb", "detach"}, {"state", "running"}};
    std::string open;
    while (open.empty()) {
      const CatalogPage page = stage_.plane().tasks().list(detaches);
      if (!page.documents.empty()) open = text_at(parse_json(page.documents.front(), 1 << 20).value_or(Json()), "id");
      std::this_thread::yield();
    }
    EXPECT_EQ(stage_.plane().tasks().ask_to_cancel(open, "anna"), true);
  });
  const auto got = detach();
  taking_back.join();
  expect_says(got, 409, "anna took it back. The guest was asked already");
  EXPECT_EQ(text_at(task_of(got), "state"), "cancelled");
}

TEST_F(MachineJobsTest, AnAttachThatIsTakenBackIsUndone) {
  set_arrived(true, false);
  const auto begun = stage_.ask("PUT", "/api/v1/machines/vm/functions/f?guest_s=600");
  EXPECT_EQ(begun.status, 202u);
  std::thread working([&] { stage_.plane().machine_jobs().run_waiting(); });
  const std::string id = begun.header("location");
  while (log_of(begun).find("QEMU is connected") == std::string::npos) std::this_thread::yield();
  EXPECT_EQ(stage_.ask("POST", id + "/cancel").status, 200u);
  working.join();
  EXPECT_EQ(text_at(stage_.get(id).body, "state"), "cancelled");
  EXPECT_EQ(stage_.get("/api/v1/machines/vm").body["status"]["disks"], Json::array());
  EXPECT_EQ(stage_.ask("POST", id + "/cancel").status, 409u);
}

TEST_F(MachineJobsTest, PowerActionsDoWhatTheySayOrSayWhyNot) {
  const auto state = [&] { return text_at(stage_.get("/api/v1/machines/vm").body["status"], "state"); };
  EXPECT_EQ(power("start").status, 200u);  // it runs already
  EXPECT_EQ(power("pause").status, 200u);
  EXPECT_EQ(state(), "paused");
  expect_says(power("stop"), 409, "its guest hears nothing; resume it, or force it off");
  expect_says(power("start"), 409, "is paused; resume it");
  EXPECT_EQ(power("resume").status, 200u);
  EXPECT_EQ(power("reboot").status, 200u);
  stage_.hypervisor.set_stubborn(false, true);
  expect_says(power("stop"), 409, "has not stopped within 1 s");
  EXPECT_EQ(power("force_off").status, 200u);
  EXPECT_EQ(state(), "stopped");
  EXPECT_EQ(power("stop").status, 200u);
  expect_says(power("reboot"), 409, "is off; start it first");
}

TEST_F(MachineJobsTest, AMachineIsNotStartedWithoutItsFunctions) {
  set_arrived(true, true);
  EXPECT_EQ(attach().status, 200u);
  EXPECT_EQ(power("force_off").status, 200u);
  stage_.engine.set_member("functions", "f", "state", "failed");
  stage_.settle();
  expect_says(power("start"), 409, "its disk vda is function 'f', which is failed");
}

TEST_F(MachineJobsTest, WhileNothingIsKnownOfAMachineNothingIsDoneToIt) {
  stage_.hypervisor.fail_with(Error{ErrorCode::unreachable, "Libvirt does not answer; start it."});
  look();
  expect_says(attach(), 503, "Libvirt does not answer");
  expect_says(power("start"), 503, "Nothing is known of machine 'vm' now");
}

TEST_F(MachineJobsTest, ADefinitionChangesOnlyAsItWasRead) {
  const auto patch = [&](const Json& spec, const HttpHeaders& condition) {
    return stage_.ask("PATCH", "/api/v1/machines/vm", {{"spec", spec}}, condition);
  };
  const std::string etag = stage_.get("/api/v1/machines/vm").header("etag");
  const auto got = patch({{"memory_bytes", uint64_t{2} << 30}, {"cpus", 3}}, {{"if-match", etag}});
  EXPECT_EQ(got.status, 200u) << to_line(got.body);
  EXPECT_EQ(number_at(got.body["spec"], "cpus"), 3u);
  EXPECT_EQ(number_at(got.body["status"], "cpus"), 2u);  // it runs with what it has
  EXPECT_EQ(patch({{"cpus", 4}}, {{"if-match", etag}}).status, 412u);
  EXPECT_EQ(patch({{"cpus", 4}}, {}).status, 428u);
  EXPECT_EQ(patch({{"shared_memory", false}}, kNow).status, 400u);
  EXPECT_EQ(patch({{"memory_now_bytes", 1 << 28}}, kNow).body["status"]["memory_now_bytes"], 1 << 28);
  expect_says(patch({{"memory_now_bytes", uint64_t{4} << 30}}, kNow), 409, "give at most that");
  EXPECT_EQ(power("pause").status, 200u);
  expect_says(patch({{"memory_now_bytes", 1 << 28}}, kNow), 409, "its balloon moves only while it runs");
  MachineFacts passing = running_machine("vm");
  passing.is_persistent = false;
  stage_.hypervisor.put(passing);
  look();
  expect_says(patch({{"cpus", 4}}, kNow), 409, "gone when it stops");
}

TEST_F(MachineJobsTest, JobsRunSideBySideButOneAtATimeForAMachine) {
  class Job final : public MachineJob {
   public:
    explicit Job(std::atomic<int>& inside) : inside_(inside) {}
    Result<void> run(const MachineParts&, JobControl& control) override {
      EXPECT_EQ(++inside_, 1);
      (void)control.pause(kMillisecond);
      --inside_;
      return {};
    }

   private:
    std::atomic<int>& inside_;
  };
  std::atomic<int> inside{0};
  MachineJobs jobs(stage_.plane().machine_jobs().parts());
  jobs.start();
  std::vector<std::string> tasks;
  for (int i = 0; i < 20; ++i) {
    const Answer<std::string> task =
        jobs.submit({"start", Kind::machine, "vm"}, own_actor("test"), std::make_unique<Job>(inside));
    ASSERT_TRUE(task.has_value());
    tasks.push_back(*task);
  }
  for (const std::string& task : tasks) {
    while (!stage_.plane().tasks().find(task)->has_ended()) std::this_thread::yield();
  }
  EXPECT_EQ(text_at(stage_.get("/api/v1/tasks/" + tasks.back()).body, "state"), "done");
}

TEST_F(MachineJobsTest, AMachineIsMadeOfFunctionsAndDeletedWithoutThem) {
  make_function("g");
  const auto make = [&](const Json& spec, const Json& more = Json::object()) {
    Json body = {{"name", "new"}, {"spec", spec}};
    body.update(more);
    return stage_.ask("POST", "/api/v1/machines?wait=20", body);
  };
  const Json spec = {{"memory_bytes", 1 << 28}, {"functions", {"f", "g"}}, {"autostart", true}};
  expect_says(make({{"memory_bytes", 1 << 28}, {"functions", {"none"}}}), 409, "function 'none', which is not there");
  expect_says(make({{"memory_bytes", 1 << 28}, {"numa_node", 900}}), 409, "no NUMA node 900");
  const auto made = make(spec, {{"cloud_init", {{"user", "anna"}}}});
  EXPECT_EQ(made.status, 201u) << to_line(made.body);
  EXPECT_EQ(made.body["spec"]["functions"], Json({"f", "g"}));
  EXPECT_EQ(text_at(made.body["status"]["disks"][1], "target"), "vdb");
  EXPECT_TRUE(std::filesystem::exists(stage_.dir.at("new.seed")));
  expect_says(make(spec), 409, "There is a machine 'new' already");
  const Json other = {{"name", "other"}, {"spec", spec}};
  expect_says(stage_.ask("POST", "/api/v1/machines", other), 409, "is a disk of machine 'new'");
  set_arrived(true, true);
  stage_.engine.set_member("functions", "g", "attached", true);
  EXPECT_EQ(stage_.ask("POST", "/api/v1/machines/new/power?wait=20", {{"action", "start"}}).status, 200u);
  expect_says(stage_.ask("DELETE", "/api/v1/machines/new?wait=20"), 409, "stop it first");
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/machines/new?wait=20&force=true").status, 204u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/machines/new").status, 204u);
  EXPECT_FALSE(std::filesystem::exists(stage_.dir.at("new.seed")));
  EXPECT_EQ(stage_.get("/api/v1/functions/g").status, 200u);
}

TEST_F(MachineJobsTest, AMachineThatDoesNotFitIsRefusedWithTheFigures) {
  stage_.plane().housekeeper().turn();  // the host has 16 KiB of memory
  const Json made = {{"name", "new"}, {"spec", {{"memory_bytes", 1 << 28}}}};
  expect_says(stage_.ask("POST", "/api/v1/machines?wait=20", made), 409, "it has 256 MiB of memory");
  MachineFacts off = running_machine("vm");
  off.power = MachinePower::stopped;
  stage_.hypervisor.put(off);
  look();
  expect_says(power("start"), 409, "does not fit");
}

TEST(MachineFit, CountsWhatIsOn) {
  NewsFeed news;
  Catalog catalog(news);
  const HostLimits limits{2, 50};
  EXPECT_TRUE(check_fit(limits, catalog, "a", 1000, uint64_t{1} << 50).has_value());  // nothing is known yet
  Resource host;
  host.kind = Kind::host;
  host.name = "h";
  host.status = {{"cpus", 4}, {"memory_bytes", uint64_t{8} << 30}};
  Resource machine;
  machine.kind = Kind::machine;
  machine.name = "b";
  machine.status = {{"state", "running"}, {"cpus", 6}, {"memory_bytes", uint64_t{3} << 30}};
  catalog.replace_all(Kind::host, {host});
  catalog.replace_all(Kind::machine, {machine});
  EXPECT_TRUE(check_fit(limits, catalog, "a", 2, uint64_t{1} << 29).has_value());
  EXPECT_FALSE(check_fit(limits, catalog, "a", 3, uint64_t{1} << 29).has_value());
  EXPECT_FALSE(check_fit(limits, catalog, "a", 1, uint64_t{2} << 30).has_value());
  EXPECT_TRUE(check_fit(limits, catalog, "b", 8, uint64_t{3} << 30).has_value());  // its own does not count twice
}

TEST(MachineDisks, TakesTheFirstFreeTarget) {
  std::vector<MachineDisk> disks;
  EXPECT_EQ(free_target(disks), "vda");
  for (char letter = 'a'; letter <= 'z'; ++letter)
    disks.push_back({std::string("vd") + letter, "virtio", "file", "", false, false});
  EXPECT_EQ(free_target(disks), "vdaa");
  disks.erase(disks.begin() + 3);
  EXPECT_EQ(free_target(disks), "vdd");
}

}  // namespace
}  // namespace laneway
