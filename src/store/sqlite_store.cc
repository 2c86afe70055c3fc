#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/fd.h"
#include "store/store_backup.h"
#include "store/store_schema.h"

namespace laneway {

namespace {

constexpr uint64_t kChangesMax = 1024;
constexpr uint64_t kChangesBytesMax = 16 * 1024 * 1024;
constexpr const char* kRevisionSql = "SELECT revision FROM store";

constexpr const char* kWriterSettings =
    "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA cell_size_check = ON;";
constexpr const char* kReaderSettings = "PRAGMA query_only = ON; PRAGMA cell_size_check = ON;";

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<void> check_key(std::string_view key) {
  if (key.empty() || key.size() > SqliteStore::kKeyBytesMax || !is_printable(key)) {
    return fail(ErrorCode::invalid_argument, "A key of the store is 1 to {} bytes of printable ASCII, not {} bytes.",
                SqliteStore::kKeyBytesMax, key.size());
  }
  return {};
}

bool is_written_twice(const StoreTransaction& transaction) {
  std::vector<std::string_view> keys;
  for (const StoreWrite& write : transaction.writes) keys.push_back(write.key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

Result<void> check_transaction(const StoreTransaction& transaction) {
  size_t bytes = 0;
  for (const StoreExpectation& expected : transaction.expected) {
    if (Result<void> sound = check_key(expected.key); !sound) return sound;
  }
  for (const StoreWrite& write : transaction.writes) {
    if (Result<void> sound = check_key(write.key); !sound) return sound;
    const size_t size = write.value ? write.value->size() : 0;
    if (size > SqliteStore::kValueBytesMax) {
      return fail(ErrorCode::invalid_argument, "The value of '{}' has {} bytes and the store takes {}.", write.key,
                  size, SqliteStore::kValueBytesMax);
    }
    bytes += size;
  }
  if (transaction.writes.empty() || transaction.writes.size() > SqliteStore::kWritesMax ||
      bytes > SqliteStore::kTransactionBytesMax) {
    return fail(ErrorCode::invalid_argument,
                "A transaction of the store has 1 to {} writes of {} bytes in all, not {} of {} bytes.",
                SqliteStore::kWritesMax, SqliteStore::kTransactionBytesMax, transaction.writes.size(), bytes);
  }
  if (is_written_twice(transaction)) {
    return fail(ErrorCode::invalid_argument, "A transaction of the store writes one key twice.");
  }
  return {};
}

// SQLite makes its log files with the permissions of the file itself. Before SQLite has opened it: closing a descriptor
// of the file later would drop SQLite's locks.
Result<void> make_private(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::fchmod(file.get(), 0600) != 0) {
    const int number = errno;
    return fail(number == ENOSPC ? ErrorCode::no_space : ErrorCode::permission_denied,
                "The store {} cannot be opened: {}; check that its directory exists, is ours and has room.", path,
                errno_text(number));
  }
  return {};
}

Result<SqliteConnection> open_writer(const std::string& path) {
  Result<SqliteConnection> writer = SqliteConnection::open(path, SqliteConnection::Access::read_write);
  if (!writer) return writer;
  const std::span<const char* const> migrations = store_migrations();
  // The check comes first: a newer or foreign file is not even given a log.
  Result<void> sound = check_store(*writer, migrations.size(), false);
  if (sound) sound = writer->execute(kWriterSettings);
  if (!sound) return pass_on(sound);
  Result<std::string> mode = writer->text("PRAGMA journal_mode = WAL");
  if (!mode) return pass_on(mode);
  if (*mode != "wal") {
    return fail(ErrorCode::unsupported, "The file system of {} cannot hold a store; put it on a local disk.", path);
  }
  if (Result<void> migrated = migrate_store(*writer, migrations); !migrated) return pass_on(migrated);
  return writer;
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  if (end.empty()) return "\x7f";  // after every key, which is printable
  ++end.back();
  return end;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const Options& options) {
  Result<StoreLock> lock = StoreLock::take(options.path);
  if (!lock) return pass_on(lock);
  if (Result<void> made = make_private(options.path); !made) return pass_on(made);
  Result<SqliteConnection> writer = open_writer(options.path);
  if (!writer) return pass_on(writer);
  Result<SqliteConnection> reader = SqliteConnection::open(options.path, SqliteConnection::Access::read_write);
  if (!reader) return pass_on(reader);
  if (Result<void> set = reader->execute(kReaderSettings); !set) return pass_on(set);
  Result<uint64_t> revision = reader->number(kRevisionSql);
  if (!revision) return pass_on(revision);
  Connections connections{std::move(*writer), std::move(*reader)};
  return std::unique_ptr<SqliteStore>(new SqliteStore(options, std::move(*lock), std::move(connections), *revision));
}

SqliteStore::SqliteStore(Options options, StoreLock lock, Connections connections, uint64_t revision)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      writer_(std::move(connections.writer)),
      reader_(std::move(connections.reader)),
      revision_(revision) {}

Result<StoreList> SqliteStore::list(std::string_view prefix) {
  if (prefix.size() > kKeyBytesMax || !is_printable(prefix)) {
    return fail(ErrorCode::invalid_argument, "A prefix of the store is at most {} bytes of printable ASCII.",
                kKeyBytesMax);
  }
  const std::lock_guard lock(read_mutex_);
  Result<SqliteTransaction> moment = SqliteTransaction::begin(reader_, SqliteTransaction::Kind::read);
  if (!moment) return pass_on(moment);
  StoreList list;
  Result<uint64_t> revision = reader_.number(kRevisionSql);
  if (!revision) return pass_on(revision);
  list.revision = *revision;
  Result<SqliteStatement> rows = reader_.prepare(
      "SELECT key, value, created_revision, revision FROM entries WHERE key >= ?1 AND key < ?2 ORDER BY key");
  if (!rows) return pass_on(rows);
  const std::string end = prefix_end(prefix);
  rows->bind_text(1, prefix).bind_text(2, end);
  for (;;) {
    Result<bool> row = rows->step();
    if (!row) return pass_on(row);
    if (!*row) return list;
    list.entries.push_back({rows->bytes(0), rows->bytes(1), rows->number(2), rows->number(3)});
  }
}

Result<uint64_t> SqliteStore::commit(const StoreTransaction& transaction) {
  if (Result<void> sound = check_transaction(transaction); !sound) return pass_on(sound);
  const std::lock_guard lock(write_mutex_);
  Result<uint64_t> revision = commit_locked(transaction);
  if (!revision) return revision;
  {
    const std::lock_guard news_lock(news_mutex_);
    revision_ = *revision;
  }
  news_.notify_all();
  return revision;
}

Result<uint64_t> SqliteStore::commit_locked(const StoreTransaction& transaction) {
  Result<SqliteTransaction> effect = SqliteTransaction::begin(writer_, SqliteTransaction::Kind::write);
  if (!effect) return pass_on(effect);
  if (Result<void> holds = check_expectations(transaction); !holds) return pass_on(holds);
  Result<uint64_t> former = writer_.number(kRevisionSql);
  if (!former) return pass_on(former);
  const uint64_t revision = *former + 1;
  uint64_t bytes = 0;
  for (const StoreWrite& one : transaction.writes) {
    if (Result<void> written = write(one, revision); !written) return pass_on(written);
    bytes += one.key.size() + (one.value ? one.value->size() : 0);
  }
  Result<SqliteStatement> numbers = writer_.prepare(
      "UPDATE store SET revision = ?1, history_count = history_count + ?2, history_bytes = history_bytes + ?3");
  if (!numbers) return pass_on(numbers);
  Result<void> done = numbers->bind(1, revision).bind(2, transaction.writes.size()).bind(3, bytes).run();
  if (done) done = trim_history();
  if (done) done = effect->commit();
  if (!done) return pass_on(done);
  return revision;
}

Result<void> SqliteStore::check_expectations(const StoreTransaction& transaction) {
  for (const StoreExpectation& expected : transaction.expected) {
    Result<SqliteStatement> entry = writer_.prepare("SELECT revision FROM entries WHERE key = ?1");
    if (!entry) return pass_on(entry);
    Result<bool> row = entry->bind_text(1, expected.key).step();
    if (!row) return pass_on(row);
    const uint64_t revision = *row ? entry->number(0) : 0;
    if (revision != expected.revision) {
      return fail(ErrorCode::in_use, "'{}' is at revision {}, not {}: somebody changed it meanwhile; read it again.",
                  expected.key, revision, expected.revision);
    }
  }
  return {};
}

Result<void> SqliteStore::write(const StoreWrite& write, uint64_t revision) {
  Result<SqliteStatement> entry = writer_.prepare(
      write.value ? "INSERT INTO entries VALUES (?1, ?2, ?3, ?3) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision"
                  : "DELETE FROM entries WHERE key = ?1");
  if (!entry) return pass_on(entry);
  entry->bind_text(1, write.key);
  if (write.value) entry->bind_bytes(2, *write.value).bind(3, revision);
  if (Result<void> written = entry->run(); !written) return written;
  Result<SqliteStatement> change = writer_.prepare("INSERT INTO changes (revision, key, value) VALUES (?1, ?2, ?3)");
  if (!change) return pass_on(change);
  change->bind(1, revision).bind_text(2, write.key);
  if (write.value) change->bind_bytes(3, *write.value);
  return change->run();
}

// Whole revisions, the oldest first, until the rest is within bounds.
Result<void> SqliteStore::trim_history() {
  for (;;) {
    Result<SqliteStatement> oldest = writer_.prepare(
        "SELECT c.revision, count(*), sum(length(c.key) + ifnull(length(c.value), 0)) FROM changes c, store s "
        "WHERE (s.history_count > ?1 OR s.history_bytes > ?2) "
        "AND c.revision = (SELECT min(revision) FROM changes) AND c.revision < s.revision GROUP BY c.revision");
    if (!oldest) return pass_on(oldest);
    Result<bool> row = oldest->bind(1, options_.history_max).bind(2, options_.history_bytes_max).step();
    if (!row) return pass_on(row);
    if (!*row) return {};
    const uint64_t revision = oldest->number(0);
    Result<SqliteStatement> removal = writer_.prepare("DELETE FROM changes WHERE revision = ?1");
    if (!removal) return pass_on(removal);
    if (Result<void> removed = removal->bind(1, revision).run(); !removed) return removed;
    Result<SqliteStatement> numbers = writer_.prepare(
        "UPDATE store SET trimmed_revision = ?1, history_count = history_count - ?2, "
        "history_bytes = history_bytes - ?3");
    if (!numbers) return pass_on(numbers);
    numbers->bind(1, revision).bind(2, oldest->number(1)).bind(3, oldest->number(2));
    if (Result<void> counted = numbers->run(); !counted) return counted;
  }
}

Result<std::vector<StoreChange>> SqliteStore::changes_after(uint64_t revision, uint64_t time_limit_ns) {
  (void)wait_past(revision, time_limit_ns);
  return read_changes(revision);
}

bool SqliteStore::wait_past(uint64_t revision, uint64_t time_limit_ns) {
  // Longer than any process lives; a wait until the end of time overflows the clock.
  constexpr uint64_t kLimitMaxNs = uint64_t{365} * 24 * 3600 * 1'000'000'000;
  const auto limit = std::chrono::nanoseconds(std::min(time_limit_ns, kLimitMaxNs));
  std::unique_lock lock(news_mutex_);
  if (revision > revision_) return false;  // never was: read_changes() says so
  return news_.wait_for(lock, limit, [&] { return revision_ > revision; });
}

Result<std::vector<StoreChange>> SqliteStore::read_changes(uint64_t revision) {
  const std::lock_guard lock(read_mutex_);
  Result<SqliteTransaction> moment = SqliteTransaction::begin(reader_, SqliteTransaction::Kind::read);
  if (!moment) return pass_on(moment);
  Result<SqliteStatement> bounds = reader_.prepare("SELECT trimmed_revision, revision FROM store");
  if (!bounds) return pass_on(bounds);
  Result<bool> has_bounds = bounds->step();
  if (!has_bounds) return pass_on(has_bounds);
  if (revision < bounds->number(0) || revision > bounds->number(1)) {
    return fail(ErrorCode::not_found, "The store's changes are kept from revision {} to {}, not from {}; list again.",
                bounds->number(0), bounds->number(1), revision);
  }
  Result<SqliteStatement> rows =
      reader_.prepare("SELECT revision, key, value FROM changes WHERE revision > ?1 ORDER BY revision, number");
  if (!rows) return pass_on(rows);
  rows->bind(1, revision);
  std::vector<StoreChange> changes;
  uint64_t bytes = 0;
  size_t whole = 0;  // changes of revisions that are there in full
  for (;;) {
    Result<bool> row = rows->step();
    if (!row) return pass_on(row);
    if (!*row) return changes;
    const uint64_t at = rows->number(0);
    if (changes.empty() || changes.back().revision != at) whole = changes.size();
    const bool is_enough = changes.size() == kChangesMax || bytes > kChangesBytesMax;
    if (is_enough && whole > 0) {
      changes.resize(whole);
      return changes;
    }
    changes.push_back({at, {rows->bytes(1), std::nullopt}});
    if (!rows->is_null(2)) changes.back().write.value = rows->bytes(2);
    bytes += changes.back().write.key.size() + (rows->is_null(2) ? 0 : changes.back().write.value->size());
  }
}

Result<void> SqliteStore::back_up(const std::string& path) {
  struct stat ours {
  }, theirs{};
  if (::stat(options_.path.c_str(), &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino &&
      ours.st_dev == theirs.st_dev) {
    return fail(ErrorCode::invalid_argument, "{} is the store itself; name another file for its backup.", path);
  }
  // A connection of its own: neither readers nor writers wait for it.
  Result<SqliteConnection> source = SqliteConnection::open(options_.path, SqliteConnection::Access::read_write);
  if (!source) return pass_on(source);
  return write_backup(*source, path);
}

}  // namespace laneway
