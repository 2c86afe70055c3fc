#include "engine/state_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <semaphore>
#include <thread>
#include <vector>

#include "engine/testing/fake_steps.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

FunctionSpec memory_function(const std::string& name) {
  FunctionSpec spec;
  spec.name = name;
  spec.capacity_bytes = kGiB;
  return spec;
}

class StateStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<StateStore> open(std::unique_ptr<FileSteps> steps = std::make_unique<FileSteps>()) {
    Result<std::unique_ptr<StateStore>> opened = StateStore::open(path_, std::move(steps));
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return std::move(*opened);
  }
  static Result<void> add(StateStore& store, const std::string& name) {
    return store.update([&](DesiredState& state) -> Result<void> {
      state.put(memory_function(name));
      return {};
    });
  }
  void write_file(const std::string& text) { std::ofstream(path_) << text; }
  std::string refusal() {
    const Result<std::unique_ptr<StateStore>> opened = StateStore::open(path_, std::make_unique<FileSteps>());
    EXPECT_FALSE(opened.has_value());
    return opened ? std::string() : opened.error().message;
  }

  TempDir dir_;
  std::string path_ = dir_.at("engine.json");
};

TEST_F(StateStoreTest, BeginsEmptyWhereThereIsNoFile) {
  EXPECT_TRUE(open()->state().functions().empty());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(StateStoreTest, KeepsChangesOverARestart) {
  ASSERT_TRUE(add(*open(), "vm1").has_value());
  ASSERT_TRUE(add(*open(), "vm2").has_value());
  const DesiredState state = open()->state();
  ASSERT_EQ(state.functions().size(), 2u);
  EXPECT_EQ(state.functions()[0].name, "vm1");
  EXPECT_EQ(state.functions()[1].capacity_bytes, kGiB);
}

TEST_F(StateStoreTest, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(add(*open(), "vm1").has_value());
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(StateStoreTest, DropsAChangeThatItsMakerRefuses) {
  const auto store = open();
  const Result<void> refused = store->update([](DesiredState& state) -> Result<void> {
    state.put(memory_function("vm1"));
    return fail(ErrorCode::in_use, "No.");
  });
  EXPECT_FALSE(refused.has_value());
  EXPECT_TRUE(store->state().functions().empty());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// Steps of one replacement: create, write, sync, rename, sync_directory.
TEST_F(StateStoreTest, HasTheOldOrTheNewContentAfterAPowerFailureAtAnyStep) {
  ASSERT_TRUE(add(*open(), "old").has_value());
  for (int step = 0; step <= 8; ++step) {
    auto steps = std::make_unique<FakeSteps>();
    steps->fail_at = step;
    steps->error = -EIO;
    steps->is_power_lost_there = true;
    steps->write_max = 100;  // several writes
    const std::string name = "new" + std::to_string(step);
    const bool is_done = add(*open(std::move(steps)), name).has_value();
    const DesiredState state = open()->state();
    EXPECT_NE(state.find_function("old"), nullptr) << step;
    if (is_done) {
      EXPECT_NE(state.find_function(name), nullptr) << step;
    }
  }
}

TEST_F(StateStoreTest, KeepsTheOldContentOnAFullDiskAndSaysSo) {
  ASSERT_TRUE(add(*open(), "old").has_value());
  for (int step = 0; step < 4; ++step) {
    auto steps = std::make_unique<FakeSteps>();
    steps->fail_at = step;
    const auto store = open(std::move(steps));
    const Result<void> full = add(*store, "new");
    ASSERT_FALSE(full.has_value());
    EXPECT_EQ(full.error().code, ErrorCode::no_space);
    EXPECT_TRUE(has_parts(full.error().message, {"engine.json", "No space left", "old content stays", "make room"}));
    EXPECT_EQ(store->state().find_function("new"), nullptr);
    EXPECT_EQ(open()->state().find_function("new"), nullptr);
    EXPECT_FALSE(std::filesystem::exists(path_ + ".new")) << "step " << step;
    EXPECT_TRUE(add(*store, "later").has_value());  // room again
  }
}

TEST_F(StateStoreTest, PutsTheOldContentBackWhereTheDirectoryCannotBeSynced) {
  ASSERT_TRUE(add(*open(), "old").has_value());
  auto steps = std::make_unique<FakeSteps>();
  steps->fail_at = 4;
  steps->error = -EIO;
  const auto store = open(std::move(steps));
  const Result<void> failed = add(*store, "new");
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(has_parts(failed.error().message, {"engine.json", "directory", "check its file system"}));
  EXPECT_EQ(open()->state().find_function("new"), nullptr);
}

// One change is being written when four more come.
class StateStoreGroupTest : public StateStoreTest {
 protected:
  void add_five(int fail_at) {
    auto steps = std::make_unique<FakeSteps>();
    steps_ = steps.get();
    FakeSteps::Gate gate;
    steps->gate = &gate;
    steps->fail_at = fail_at;
    store_ = open(std::move(steps));
    std::vector<std::thread> makers;
    makers.emplace_back([this] { done_ += add(*store_, "vm0").has_value() ? 1 : 0; });
    gate.is_reached.acquire();
    std::counting_semaphore<4> made{0};
    for (int i = 1; i <= 4; ++i) {
      makers.emplace_back([this, &made, i] {
        const Result<void> added = store_->update([&](DesiredState& state) -> Result<void> {
          state.put(memory_function("vm" + std::to_string(i)));
          made.release();
          return {};
        });
        done_ += added ? 1 : 0;
      });
    }
    for (int i = 0; i < 4; ++i) made.acquire();
    // Whoever has the lock after the last of them knows that it waits.
    EXPECT_TRUE(store_->state().functions().empty()) << "nothing counts before it is written";
    gate.may_pass.release();
    for (std::thread& maker : makers) maker.join();
  }

  std::unique_ptr<StateStore> store_;
  FakeSteps* steps_ = nullptr;
  std::atomic<int> done_{0};
};

TEST_F(StateStoreGroupTest, ChangesThatComeDuringAWriteAreWrittenTogether) {
  add_five(-1);
  EXPECT_EQ(done_, 5);
  EXPECT_EQ(steps_->files, 2);
  EXPECT_EQ(open()->state().functions().size(), 5u);
}

TEST_F(StateStoreGroupTest, AWriteThatFailsFailsWhatRestsOnItAndNothingLater) {
  add_five(2);
  EXPECT_EQ(done_, 0);
  EXPECT_EQ(steps_->files, 1);
  EXPECT_TRUE(store_->state().functions().empty());
  EXPECT_TRUE(open()->state().functions().empty());
  EXPECT_TRUE(add(*store_, "vm9").has_value());
  EXPECT_EQ(open()->state().functions().size(), 1u);
}

TEST_F(StateStoreTest, ReportsTheKernelsOwnRefusalToWrite) {
  ASSERT_TRUE(add(*open(), "old").has_value());
  // In a child, since the limit holds for the process: a file may have 64 bytes and no more.
  const pid_t child = ::fork();
  if (child == 0) {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{64, 64};
    (void)::setrlimit(RLIMIT_FSIZE, &limit);
    Result<std::unique_ptr<StateStore>> store = StateStore::open(path_, std::make_unique<FileSteps>());
    const Result<void> full = store ? add(**store, "new") : Result<void>();
    ::_exit(!full && full.error().code == ErrorCode::no_space ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_NE(open()->state().find_function("old"), nullptr);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(StateStoreTest, RefusesADamagedFileAndKeepsIt) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"format":"other","version":1})", R"({"format":"laneway-engine"})",
        R"({"format":"laneway-engine","version":0})", R"({"format":"laneway-engine","version":1,"x":1})",
        R"({"format":"laneway-engine","version":1,"functions":[{"name":"a"}]})",
        R"({"format":"laneway-engine","version":1,"targets":[5]})"}) {
    write_file(text);
    EXPECT_TRUE(has_parts(refusal(), {"State file", path_, "not used", "restore it from a copy"})) << text;
    EXPECT_EQ(std::filesystem::file_size(path_), std::string(text).size());
  }
}

TEST_F(StateStoreTest, RefusesAFileOfANewerVersionAndKeepsIt) {
  write_file(R"({"format":"laneway-engine","version":2,"novelties":[]})");
  EXPECT_TRUE(has_parts(refusal(), {path_, "version 2", "up to 1", "start the newer engine"}));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(StateStoreTest, RefusesAFileThatContradictsItself) {
  ASSERT_TRUE(add(*open(), "vm1").has_value());
  DesiredState state = open()->state();
  FunctionSpec orphan = memory_function("vm2");
  orphan.disk = DiskKind::iscsi;
  orphan.paths = {{.target = "gone", .portal = {}}};
  state.put(orphan);
  write_file(encode_desired_state(state));
  EXPECT_TRUE(has_parts(refusal(), {"function 'vm2'", "target 'gone'"}));
  state.remove_function("vm2");
  Json document = *parse_json(encode_desired_state(state), kStateMaxBytes);
  document["functions"].push_back(document["functions"][0]);
  write_file(to_pretty_text(document));
  EXPECT_TRUE(has_parts(refusal(), {"function 'vm1'", "twice"}));
}

TEST_F(StateStoreTest, SaysThatAFileCannotBeRead) {
  std::filesystem::create_directory(path_);  // also root cannot read a directory as a file
  EXPECT_TRUE(has_parts(refusal(), {path_, "Is a directory", "check its disk"}));
}

// A successor has read the file while another engine still serves and changes it.
TEST(ReplacedState, IsSeenByWhoReadItBefore) {
  const TempDir dir;
  const std::string path = dir.at("engine.json");
  const auto open = [&path] { return std::move(*StateStore::open(path, std::make_unique<FileSteps>())); };
  const auto change = [](StateStore& store, const std::string& name) {
    return store.update([&](DesiredState& state) -> Result<void> {
      state.generated_initiator_name = name;
      return {};
    });
  };
  const auto serving = open();
  EXPECT_TRUE(open()->is_outdated()) << "there is no file, and nobody can tell whether one came";
  ASSERT_TRUE(change(*serving, "iqn.2026-11.io.example:one").has_value());
  const auto successor = open();
  EXPECT_FALSE(successor->is_outdated());
  ASSERT_TRUE(change(*serving, "iqn.2026-11.io.example:two").has_value());
  EXPECT_TRUE(successor->is_outdated());
  const auto again = open();
  EXPECT_FALSE(again->is_outdated());
  EXPECT_EQ(again->state().generated_initiator_name, "iqn.2026-11.io.example:two");
  std::ofstream(path, std::ios::app) << " ";
  EXPECT_TRUE(again->is_outdated()) << "written in place, by an operator";
}

}  // namespace
}  // namespace laneway
