#include "store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <semaphore>
#include <thread>

#include "base/testing/message_parts.h"
#include "base/testing/temp_dir.h"
#include "base/units.h"
#include "store/store_schema.h"
#include "store/testing/version_1.h"

namespace laneway {
namespace {

StoreTransaction put(const std::string& key, const std::string& value) { return {{}, {{key, value}}}; }
StoreTransaction put_at(const std::string& key, uint64_t revision, const std::string& value) {
  return {{{key, revision}}, {{key, value}}};
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    store_.reset();
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(options_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }
  Error refusal() {
    const auto opened = SqliteStore::open(options_);
    if (opened) return {ErrorCode::internal, "It was opened"};
    return opened.error();
  }
  uint64_t commit(const StoreTransaction& transaction) {
    const Result<uint64_t> revision = store_->commit(transaction);
    EXPECT_TRUE(revision.has_value()) << revision.error().message;
    return revision.value_or(0);
  }
  std::vector<StoreEntry> entries(std::string_view prefix = "") {
    Result<StoreList> list = store_->list(prefix);
    EXPECT_TRUE(list.has_value());
    return list ? list->entries : std::vector<StoreEntry>();
  }
  void run_sql(const char* sql) {
    const auto connection = SqliteConnection::open(options_.path, SqliteConnection::Access::create);
    ASSERT_TRUE(connection.has_value());
    const Result<void> done = connection->execute(sql);
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }

  TempDir dir_;
  SqliteStore::Options options_{.path = dir_.at("store")};
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, GivesBackWhatWasWrittenAlsoAfterItIsOpenedAgain) {
  const std::string bytes("\0\xff'\"; DROP TABLE entries; --\n", 28);
  EXPECT_EQ(commit(put("targets/array-a", bytes)), 1u);
  EXPECT_EQ(commit(put("targets/array-a'; --", "")), 2u);
  open();
  const auto found = entries();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].key, "targets/array-a");
  EXPECT_EQ(found[0].value, bytes);
  EXPECT_EQ(found[0].created_revision, 1u);
  EXPECT_EQ(found[1].value, "");
}

TEST_F(SqliteStoreTest, ListsByPrefixAndKey) {
  commit({{}, {{"b/2", "x"}, {"a/1", "x"}, {"b/10", "x"}, {"b", "x"}, {"b0", "x"}, {"b/~", "x"}}});
  const auto found = entries("b/");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].key, "b/10");
  EXPECT_EQ(found[1].key, "b/2");
  EXPECT_EQ(found[2].key, "b/~");
  EXPECT_EQ(store_->list("~~none")->revision, 1u);
  EXPECT_EQ(entries("").size(), 6u);
}

TEST_F(SqliteStoreTest, RefusesACommitWhoseExpectationDoesNotHoldAndChangesNothing) {
  commit(put("a", "1"));
  StoreTransaction transaction{{{"a", 1}, {"b", 0}, {"c", 7}}, {{"a", "2"}, {"b", "2"}}};
  const Result<uint64_t> refused = store_->commit(transaction);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::in_use);
  EXPECT_TRUE(has_parts(refused.error().message, {"'c'", "revision 0, not 7", "read it again"}));
  EXPECT_EQ(entries().size(), 1u);
  EXPECT_EQ(entries()[0].value, "1");
  transaction.expected.pop_back();
  EXPECT_EQ(commit(transaction), 2u);
  EXPECT_FALSE(store_->commit(put_at("a", 1, "3")).has_value());
  EXPECT_FALSE(store_->commit(put_at("a", 0, "3")).has_value());
  EXPECT_EQ(commit(put_at("a", 2, "3")), 3u);
}

TEST_F(SqliteStoreTest, CountsTheRevisionOfAKeyThatWasDeletedAndMadeAgain) {
  commit(put("a", "1"));
  commit({{{"a", 1}}, {{"a", std::nullopt}}});
  EXPECT_TRUE(entries().empty());
  commit(put_at("a", 0, "2"));
  EXPECT_EQ(entries()[0].created_revision, 3u);
  commit(put("a", "3"));
  EXPECT_EQ(entries()[0].created_revision, 3u);
  EXPECT_EQ(entries()[0].revision, 4u);
}

TEST_F(SqliteStoreTest, RefusesWhatIsTooLargeOrNoKey) {
  const std::string longest(SqliteStore::kKeyBytesMax, 'k');
  EXPECT_TRUE(store_->commit(put(longest, std::string(SqliteStore::kValueBytesMax, 'v'))).has_value());
  const std::vector<StoreTransaction> wrong = {put("", "v"),
                                               put(longest + "k", "v"),
                                               put("a\n", "v"),
                                               put("\xc3\xa4", "v"),
                                               put_at("a\x7f", 0, "v"),
                                               put("a", std::string(SqliteStore::kValueBytesMax + 1, 'v')),
                                               StoreTransaction{},
                                               StoreTransaction{{}, {{"a", "1"}, {"b", "1"}, {"a", "2"}}}};
  for (const StoreTransaction& transaction : wrong) {
    const Result<uint64_t> refused = store_->commit(transaction);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
  StoreTransaction many;
  for (size_t i = 0; i <= SqliteStore::kWritesMax; ++i) many.writes.push_back({fmt::format("k{}", i), "v"});
  EXPECT_FALSE(store_->commit(many).has_value());
  EXPECT_FALSE(store_->list("\n").has_value());
}

TEST_F(SqliteStoreTest, TellsChangesInOrder) {
  commit(put("a", "1"));
  commit({{}, {{"b", "2"}, {"a", std::nullopt}}});
  const auto changes = store_->changes_after(0, 0);
  ASSERT_TRUE(changes && changes->size() == 3);
  EXPECT_EQ(changes->at(0).revision, 1u);
  EXPECT_EQ(changes->at(1).write.key, "b");
  EXPECT_EQ(changes->at(1).write.value, "2");
  EXPECT_EQ(changes->at(2).revision, 2u);
  EXPECT_FALSE(changes->at(2).write.value.has_value());
  EXPECT_EQ(store_->changes_after(1, 0)->size(), 2u);
  EXPECT_TRUE(store_->changes_after(2, kMillisecond)->empty());
}

TEST_F(SqliteStoreTest, GivesWholeRevisionsOnly) {
  StoreTransaction large;
  for (size_t i = 0; i < 700; ++i) large.writes.push_back({fmt::format("k{}", i), "v"});
  commit(large);
  commit(large);
  EXPECT_EQ(store_->changes_after(0, 0)->size(), 700u);
  EXPECT_EQ(store_->changes_after(1, 0)->size(), 700u);
  for (StoreWrite& write : large.writes) write.value = std::string(20000, 'v');
  commit(large);  // of 14 MB
  commit(large);
  commit(put("a", "1"));
  EXPECT_EQ(store_->changes_after(2, 0)->size(), 700u);
  EXPECT_EQ(store_->changes_after(3, 0)->size(), 701u);
}

TEST_F(SqliteStoreTest, AWaiterIsWokenByACommit) {
  std::binary_semaphore begun{0};
  Result<std::vector<StoreChange>> changes;
  std::thread waiter([&] {
    begun.release();
    changes = store_->changes_after(0, kNever);
  });
  begun.acquire();
  commit(put("a", "1"));
  waiter.join();
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(changes->at(0).write.key, "a");
}

TEST_F(SqliteStoreTest, SaysThatSoOldAHistoryIsNotKept) {
  options_.history_max = 5;
  open();
  for (int i = 0; i < 9; ++i) commit({{}, {{"a", "1"}, {"b", "2"}}});
  EXPECT_EQ(store_->changes_after(7, 0)->size(), 4u);
  for (const uint64_t revision : {uint64_t{6}, uint64_t{10}}) {
    const auto refused = store_->changes_after(revision, kNever);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_TRUE(has_parts(refused.error().message, {"from revision 7 to 9", "list again"}));
  }
}

TEST_F(SqliteStoreTest, KeepsNoMoreHistoryThanItsBytes) {
  options_.history_bytes_max = 10000;
  open();
  for (int i = 0; i < 9; ++i) commit(put("a", std::string(4000, 'v')));
  EXPECT_FALSE(store_->changes_after(6, 0).has_value());
  EXPECT_EQ(store_->changes_after(7, 0)->size(), 2u);
  commit(put("a", std::string(20000, 'v')));  // what came last is kept, however large
  EXPECT_EQ(store_->changes_after(9, 0)->size(), 1u);
}

TEST_F(SqliteStoreTest, ReadersSeeWholeCommitsOnly) {
  commit({{}, {{"a", "0"}, {"b", "0"}}});
  std::atomic<bool> is_over{false};
  std::vector<std::thread> readers;
  std::atomic<uint64_t> torn{0}, reads{0};
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!is_over) {
        const Result<StoreList> list = store_->list("");
        ++reads;
        const bool is_whole = list && list->entries[0].value == list->entries[1].value &&
                              list->entries[0].revision == list->revision && list->revision > 0;
        if (!is_whole) ++torn;
      }
    });
  }
  for (int i = 0; i < 200 || reads == 0; ++i) commit({{}, {{"a", std::to_string(i)}, {"b", std::to_string(i)}}});
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0u);
}

TEST_F(SqliteStoreTest, OneOfTwoRacingWritersWins) {
  std::vector<std::thread> writers;
  std::atomic<int> won{0};
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] { won += store_->commit(put_at("a", 0, "mine")).has_value() ? 1 : 0; });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
}

TEST_F(SqliteStoreTest, IsOfOneProcessAndPrivate) {
  commit(put("a", "1"));
  for (const char* const name : {"store", "store-wal", "store.lock"}) {
    struct stat found {};
    ASSERT_EQ(::stat(dir_.at(name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
  }
  const Error second = refusal();
  EXPECT_EQ(second.code, ErrorCode::in_use);
  EXPECT_TRUE(has_parts(second.message, {dir_.at("store"), "Another process"}));
  EXPECT_EQ(entries().size(), 1u);
}

TEST_F(SqliteStoreTest, ReadsAStoreOfVersionOne) {
  store_.reset();
  std::filesystem::remove(options_.path);
  run_sql(testing::kStoreVersion1);
  open();
  const auto found = entries();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].value, std::string("\0\xff\n", 3));
  EXPECT_EQ(found[1].value, "{\"a\":1}");
  EXPECT_EQ(store_->changes_after(0, 0)->size(), 4u);
  EXPECT_EQ(commit(put_at("targets/array-a", 3, "{}")), 4u);
}

TEST_F(SqliteStoreTest, RefusesANewerVersionAndLeavesItAlone) {
  store_.reset();
  run_sql("PRAGMA user_version = 9999");
  std::filesystem::remove(options_.path + "-wal");
  const auto before = std::filesystem::last_write_time(options_.path);
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::unsupported);
  EXPECT_TRUE(has_parts(error.message, {options_.path, "version 9999", "newer program", "backup"}));
  EXPECT_EQ(std::filesystem::last_write_time(options_.path), before);
}

TEST_F(SqliteStoreTest, RefusesTheDatabaseOfAnotherProgram) {
  options_.path = dir_.at("other");
  run_sql("CREATE TABLE songs (name)");
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(has_parts(error.message, {"other", "not a store"}));
}

TEST_F(SqliteStoreTest, SaysThatAFileIsDamagedAndWhatToDo) {
  for (int i = 0; i < 200; ++i) commit(put(fmt::format("key{}", i), std::string(500, 'v')));
  store_.reset();
  const auto size = std::filesystem::file_size(options_.path);
  for (uintmax_t at = 4096; at + 4096 < size; at += 8192) {
    std::fstream file(options_.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << std::string(4096, '\x5a');
  }
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_TRUE(has_parts(error.message, {options_.path, "damaged", "restore a backup"}));
  std::ofstream(options_.path) << std::string(5000, 'x');
  EXPECT_TRUE(has_parts(refusal().message, {"damaged", "restore a backup"}));
}

TEST_F(SqliteStoreTest, NamesAMissingDirectory) {
  options_.path = dir_.at("none/store");
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(has_parts(error.message, {"none/store", "directory exists"}));
}

TEST(StoreSchema, MigratesStepByStepOrNotAtAll) {
  const TempDir dir;
  const auto connection = SqliteConnection::open(dir.at("store"), SqliteConnection::Access::create);
  ASSERT_TRUE(connection.has_value());
  const char* const first = store_migrations()[0];
  const std::array one = {first};
  ASSERT_TRUE(migrate_store(*connection, one).has_value());
  const std::array failing = {first, "ALTER TABLE entries ADD COLUMN owner TEXT", "INSERT INTO nowhere VALUES (1)"};
  EXPECT_FALSE(migrate_store(*connection, failing).has_value());
  EXPECT_EQ(connection->number("PRAGMA user_version"), 1u);
  EXPECT_EQ(connection->number("SELECT count(*) FROM pragma_table_info('entries')"), 4u);
  const std::array working = {first, "ALTER TABLE entries ADD COLUMN owner TEXT", "DELETE FROM changes"};
  ASSERT_TRUE(migrate_store(*connection, working).has_value());
  EXPECT_EQ(connection->number("PRAGMA user_version"), 3u);
  EXPECT_EQ(connection->number("SELECT count(*) FROM pragma_table_info('entries')"), 5u);
}

}  // namespace
}  // namespace laneway
