// What a store holds after its process was killed, after its disk was full, and that commits wait for the disk.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <limits>

#include "base/random.h"
#include "base/testing/message_parts.h"
#include "base/testing/temp_dir.h"
#include "store/sqlite_store.h"

namespace {
std::atomic<int> syncs{0};
std::atomic<off_t> disk_end{std::numeric_limits<off_t>::max()};  // no file grows beyond it
}  // namespace

// SQLite's own calls come here, since the program's symbols go before those of libraries.
extern "C" int fsync(int file) {
  ++syncs;
  return static_cast<int>(::syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  ++syncs;
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}
extern "C" ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
  if (offset + static_cast<off_t>(count) > disk_end) {
    errno = ENOSPC;
    return -1;
  }
  return ::syscall(SYS_pwrite64, file, bytes, count, offset);
}

namespace laneway {
namespace {

constexpr int kLives = 30;

StoreTransaction round_of(uint64_t number) {
  const std::string value = fmt::format("{}:{}", number, std::string(number % 5000, 'v'));
  return {{}, {{fmt::format("a/{}", number % 50), value}, {fmt::format("b/{}", number % 50), value}}};
}

// Commits without end and says each acknowledged revision to the pipe.
[[noreturn]] void write_until_killed(const std::string& path, int pipe) {
  auto store = SqliteStore::open({.path = path, .history_max = 300});
  if (!store) ::_exit(1);
  uint64_t number = (*store)->list("")->revision + 1;
  for (;; ++number) {
    const Result<uint64_t> revision = (*store)->commit(round_of(number));
    if (!revision || *revision != number) ::_exit(2);
    if (::write(pipe, &number, sizeof(number)) != sizeof(number)) ::_exit(3);
  }
}

// Reads acknowledgements, kills the child after `count` of them, and gives the last one that it wrote.
uint64_t kill_after(pid_t child, int pipe, uint64_t count) {
  uint64_t last = 0;
  uint64_t number = 0;
  for (uint64_t seen = 0; ::read(pipe, &number, sizeof(number)) == sizeof(number); ++seen) {
    last = number;
    if (seen == count) ::kill(child, SIGKILL);
  }
  return last;
}

void expect_whole(SqliteStore& store, uint64_t acknowledged) {
  const Result<StoreList> list = store.list("");
  ASSERT_TRUE(list.has_value());
  EXPECT_GE(list->revision, acknowledged);
  EXPECT_LE(list->revision, acknowledged + 1);  // one may have been on its way
  ASSERT_EQ(list->entries.size() % 2, 0u);
  const size_t half = list->entries.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    const StoreEntry& a = list->entries[i];
    EXPECT_EQ(a.value, list->entries[i + half].value);
    EXPECT_EQ(a.value, *round_of(a.revision).writes[0].value);
    EXPECT_GT(a.revision + 50, list->revision);
  }
  const auto changes = store.changes_after(list->revision < 100 ? 0 : list->revision - 100, 0);
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(changes->size(), 2 * std::min<uint64_t>(list->revision, 100));
  EXPECT_EQ(changes->empty() ? 0 : changes->back().revision, list->revision);
}

TEST(StoreDeath, EveryAcknowledgedCommitOutlivesAKill) {
  const TempDir dir;
  Random random(static_cast<uint64_t>(::getpid()));
  SCOPED_TRACE(fmt::format("seed {}", ::getpid()));
  uint64_t acknowledged = 0;
  for (int life = 0; life < kLives; ++life) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(dir.at("store"), ends[1]);
    UniqueFd(ends[1]).reset();
    const UniqueFd reading(ends[0]);
    const uint64_t last = kill_after(child, reading.get(), random.below(60));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    ASSERT_GT(last, acknowledged);
    acknowledged = last;
    auto store = SqliteStore::open({.path = dir.at("store"), .history_max = 300});
    ASSERT_TRUE(store.has_value()) << store.error().message;
    expect_whole(**store, acknowledged);
    acknowledged = (*store)->list("")->revision;
  }
}

TEST(StoreDeath, ACommitIsSyncedBeforeItIsAcknowledged) {
  const TempDir dir;
  auto store = SqliteStore::open({.path = dir.at("store")});
  ASSERT_TRUE(store.has_value());
  for (int i = 0; i < 5; ++i) {
    const int before = syncs;
    ASSERT_TRUE((*store)->commit({{}, {{"a", "1"}}}).has_value());
    EXPECT_GT(syncs, before);
  }
}

TEST(StoreDeath, AFullDiskFailsCommitsAndLosesNothing) {
  const TempDir dir;
  auto store = SqliteStore::open({.path = dir.at("store")});
  ASSERT_TRUE(store.has_value());
  disk_end = 256 * 1024;
  uint64_t committed = 0;
  Result<uint64_t> outcome = 0;
  while (outcome && committed < 1000) {
    outcome = (*store)->commit({{}, {{fmt::format("k{}", committed), std::string(4000, 'v')}}});
    committed += outcome ? 1 : 0;
  }
  const Result<void> backup = (*store)->back_up(dir.at("backup"));
  EXPECT_EQ((*store)->list("")->entries.size(), committed);
  disk_end = std::numeric_limits<off_t>::max();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::no_space);
  EXPECT_TRUE(has_parts(outcome.error().message, {dir.at("store"), "no room", "make room"}));
  EXPECT_TRUE(backup.has_value());  // which is smaller than the log
  EXPECT_EQ(*(*store)->commit({{}, {{"after", "1"}}}), committed + 1);
  store->reset();
  store = SqliteStore::open({.path = dir.at("store")});
  ASSERT_TRUE(store.has_value()) << store.error().message;
  EXPECT_EQ((*store)->list("")->entries.size(), committed + 1);
}

}  // namespace
}  // namespace laneway
