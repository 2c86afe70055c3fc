#include "store/store_schema.h"

#include <algorithm>
#include <array>

namespace laneway {

namespace {

// One row in `store`: the revision of the last commit; the revision up to which changes were trimmed, so that whoever
// is behind it must list again; how much history there is.
constexpr const char* kVersion1 = R"(
CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  revision INTEGER NOT NULL,
  trimmed_revision INTEGER NOT NULL,
  history_count INTEGER NOT NULL,
  history_bytes INTEGER NOT NULL
);
INSERT INTO store VALUES (1, 0, 0, 0, 0);
CREATE TABLE entries (
  key TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL,
  created_revision INTEGER NOT NULL,
  revision INTEGER NOT NULL
);
CREATE TABLE changes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  revision INTEGER NOT NULL,
  key TEXT NOT NULL,
  value BLOB
);
CREATE INDEX changes_by_revision ON changes (revision);
)";

constexpr std::array kMigrations = {kVersion1};

Result<bool> is_empty(const SqliteConnection& connection) {
  Result<uint64_t> objects = connection.number("SELECT count(*) FROM sqlite_master");
  if (!objects) return pass_on(objects);
  return *objects == 0;
}

Result<void> check_owner(const SqliteConnection& connection, size_t version_max) {
  Result<uint64_t> application = connection.number("PRAGMA application_id");
  if (!application) return pass_on(application);
  Result<uint64_t> version = connection.number("PRAGMA user_version");
  if (!version) return pass_on(version);
  Result<bool> empty = is_empty(connection);
  if (!empty) return pass_on(empty);
  if (*empty && *application == 0 && *version == 0) return {};
  if (*application != kStoreApplicationId) {
    return fail(ErrorCode::invalid_argument, "{} is not a store of Laneway; name another file.", connection.path());
  }
  if (*version > version_max) {
    return fail(ErrorCode::unsupported,
                "The store {} has version {} and this program knows up to {}; use the newer program, or restore a "
                "backup that was made before the upgrade.",
                connection.path(), *version, version_max);
  }
  return {};
}

}  // namespace

std::span<const char* const> store_migrations() { return kMigrations; }

Result<void> check_store(const SqliteConnection& connection, size_t version_max, bool is_thorough) {
  if (Result<void> owner = check_owner(connection, version_max); !owner) return owner;
  Result<std::string> verdict = connection.text(is_thorough ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
  if (!verdict) return pass_on(verdict);
  if (*verdict != "ok") {
    std::replace(verdict->begin(), verdict->end(), '\n', ' ');
    return fail(ErrorCode::io, "The store {} is damaged ({}); restore a backup of it.", connection.path(), *verdict);
  }
  return {};
}

Result<void> migrate_store(const SqliteConnection& connection, std::span<const char* const> migrations) {
  Result<SqliteTransaction> transaction = SqliteTransaction::begin(connection, SqliteTransaction::Kind::write);
  if (!transaction) return pass_on(transaction);
  Result<uint64_t> version = connection.number("PRAGMA user_version");
  if (!version) return pass_on(version);
  if (*version >= migrations.size()) return {};
  for (const char* const step : migrations.subspan(*version)) {
    if (Result<void> made = connection.execute(step); !made) return made;
  }
  // Pragmas take no parameters; both are numbers of ours.
  const std::string marks =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kStoreApplicationId, migrations.size());
  if (Result<void> marked = connection.execute(marks.c_str()); !marked) return marked;
  return transaction->commit();
}

}  // namespace laneway
