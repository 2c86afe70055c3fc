#pragma once
// SqliteStore keeps the store in one SQLite file of mode 0600 (write-ahead log, synced at every commit). One process at
// a time opens it: a lock file beside it says so. A file that is damaged, foreign or of a newer version is refused and
// left alone. Owned by main; any thread; calls block for the disk.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "store/sqlite_connection.h"
#include "store/store.h"
#include "store/store_lock.h"

namespace laneway {

class SqliteStore final : public Store {
 public:
  struct Options {
    std::string path;  // made where there is none; its directory exists
    uint64_t history_max = 65536;
    uint64_t history_bytes_max = 256 * 1024 * 1024;
  };

  static constexpr size_t kKeyBytesMax = 512;
  static constexpr size_t kValueBytesMax = 1024 * 1024;
  static constexpr size_t kWritesMax = 1024;
  static constexpr size_t kTransactionBytesMax = 16 * 1024 * 1024;

  // ErrorCode::in_use where another process has it open; io where it is damaged; unsupported where it is of a newer
  // version.
  static Result<std::unique_ptr<SqliteStore>> open(const Options& options);

  Result<StoreList> list(std::string_view prefix) override;
  Result<uint64_t> commit(const StoreTransaction& transaction) override;
  Result<std::vector<StoreChange>> changes_after(uint64_t revision, uint64_t time_limit_ns) override;

  // A consistent copy while the store is in use, in one file that replaces what is at `path`, whole or not at all.
  Result<void> back_up(const std::string& path);

 private:
  struct Connections {
    SqliteConnection writer;
    SqliteConnection reader;
  };
  SqliteStore(Options options, StoreLock lock, Connections connections, uint64_t revision);

  Result<uint64_t> commit_locked(const StoreTransaction& transaction);
  Result<void> check_expectations(const StoreTransaction& transaction);
  Result<void> write(const StoreWrite& write, uint64_t revision);
  Result<void> trim_history();
  Result<std::vector<StoreChange>> read_changes(uint64_t revision);
  bool wait_past(uint64_t revision, uint64_t time_limit_ns);

  // Fixed after construction
  const Options options_;
  const StoreLock lock_;

  // Any thread, each connection under its mutex
  std::mutex write_mutex_;
  SqliteConnection writer_;
  std::mutex read_mutex_;
  SqliteConnection reader_;
  std::mutex news_mutex_;
  std::condition_variable news_;
  uint64_t revision_;  // the last one on disk, under news_mutex_
};

}  // namespace laneway
