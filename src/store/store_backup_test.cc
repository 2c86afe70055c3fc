#include "store/store_backup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/testing/message_parts.h"
#include "base/testing/temp_dir.h"
#include "store/sqlite_store.h"

namespace laneway {
namespace {

class StoreBackupTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteStore> open(const std::string& path) {
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open({.path = path});
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  static void put(SqliteStore& store, const std::string& value) {
    EXPECT_TRUE(store.commit({{}, {{"a", value}, {"b", value}}}).has_value());
  }
  std::string value_at(const std::string& path) { return open(path)->list("a")->entries.at(0).value; }

  TempDir dir_;
  const std::string path_ = dir_.at("store");
  const std::string backup_ = dir_.at("backup");
};

TEST_F(StoreBackupTest, CopiesOneMomentWhileTheStoreIsWritten) {
  auto store = open(path_);
  put(*store, "0");
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int i = 0; !is_over; ++i) put(*store, std::to_string(i));
  });
  for (int i = 0; i < 5; ++i) {
    const Result<void> made = store->back_up(backup_);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    const auto copy = open(backup_)->list("");
    EXPECT_EQ(copy->entries.at(0).value, copy->entries.at(1).value);
  }
  is_over = true;
  writer.join();
}

TEST_F(StoreBackupTest, IsOnePrivateFile) {
  auto store = open(path_);
  put(*store, "1");
  ASSERT_TRUE(store->back_up(backup_).has_value());
  struct stat found {};
  ASSERT_EQ(::stat(backup_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(backup_ + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(backup_ + ".new"));
}

TEST_F(StoreBackupTest, RefusesToReplaceTheStoreItself) {
  auto store = open(path_);
  put(*store, "1");
  const Result<void> refused = store->back_up(path_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"the store itself", "another file"}));
}

TEST_F(StoreBackupTest, LeavesAnOlderBackupWhereItFails) {
  auto store = open(path_);
  put(*store, "1");
  const Result<void> failed = store->back_up(dir_.at("none/backup"));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::not_found);
  ASSERT_TRUE(store->back_up(backup_).has_value());
  std::filesystem::create_directory(backup_ + ".new");  // in the way
  EXPECT_FALSE(store->back_up(backup_).has_value());
  EXPECT_EQ(value_at(backup_), "1");
}

TEST_F(StoreBackupTest, RestoresAndKeepsTheOldStore) {
  auto store = open(path_);
  put(*store, "old");
  ASSERT_TRUE(store->back_up(backup_).has_value());
  put(*store, "new");
  store.reset();
  const Result<void> restored = restore_store(path_, backup_);
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_EQ(value_at(path_), "old");
  EXPECT_EQ(value_at(path_ + ".before-restore"), "new");
  EXPECT_EQ(value_at(backup_), "old");
}

TEST_F(StoreBackupTest, NoRevisionOfBeforeIsGivenOutAgain) {
  auto store = open(path_);
  put(*store, "old");
  ASSERT_TRUE(store->back_up(backup_).has_value());
  put(*store, "new");
  store.reset();
  ASSERT_TRUE(restore_store(path_, backup_).has_value());
  store = open(path_);
  EXPECT_FALSE(store->changes_after(1, 0).has_value());
  EXPECT_FALSE(store->changes_after(2, 0).has_value());
  const uint64_t revision = store->list("")->revision;
  EXPECT_GT(revision, 1000000u);
  EXPECT_TRUE(store->changes_after(revision, 0)->empty());
  EXPECT_FALSE(store->commit({{{"a", 2}}, {{"a", "x"}}}).has_value());
  EXPECT_EQ(*store->commit({{{"a", 1}}, {{"a", "x"}}}), revision + 1);
}

TEST_F(StoreBackupTest, RestoresOverADamagedStoreAndWhereThereIsNone) {
  auto store = open(path_);
  put(*store, "1");
  ASSERT_TRUE(store->back_up(backup_).has_value());
  store.reset();
  std::ofstream(path_) << "garbage";
  std::ofstream(path_ + "-wal") << "a log of another life";
  ASSERT_TRUE(restore_store(path_, backup_).has_value());
  EXPECT_EQ(value_at(path_), "1");
  EXPECT_EQ(std::filesystem::file_size(path_ + ".before-restore"), 7u);
  ASSERT_TRUE(restore_store(dir_.at("fresh"), backup_).has_value());
  EXPECT_EQ(value_at(dir_.at("fresh")), "1");
}

TEST_F(StoreBackupTest, RefusesADamagedForeignOrEmptyBackupAndAStoreInUse) {
  auto store = open(path_);
  put(*store, "kept");
  ASSERT_TRUE(store->back_up(backup_).has_value());
  EXPECT_EQ(restore_store(path_, backup_).error().code, ErrorCode::in_use);
  store.reset();
  std::ofstream(dir_.at("garbage")) << std::string(9000, 'x');
  std::ofstream(dir_.at("empty")) << "";
  std::filesystem::resize_file(backup_, std::filesystem::file_size(backup_) - 4096);
  for (const char* const name : {"garbage", "empty", "backup", "none"}) {
    EXPECT_FALSE(restore_store(path_, dir_.at(name)).has_value()) << name;
  }
  EXPECT_EQ(value_at(path_), "kept");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-restore"));
}

}  // namespace
}  // namespace laneway
