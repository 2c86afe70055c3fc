#pragma once
// Backups of a store: one plain SQLite file, made while the store is in use and put in its place whole or not at all;
// and the way back, which checks the file first and keeps what was there. Blocks for the disk; any thread.

#include <string>

#include "base/result.h"
#include "store/sqlite_connection.h"

namespace laneway {

// Writes `path`.new, checks and syncs it, then renames it to `path`.
Result<void> write_backup(const SqliteConnection& source, const std::string& path);

// Replaces the store at `path`, which nobody may have open, by the backup. A damaged, foreign or newer file is refused.
// The old store is kept as `path`.before-restore. The restored one has revisions that were never given out and no
// history, so that whoever watched or expected the old ones lists again.
Result<void> restore_store(const std::string& path, const std::string& backup_path);

}  // namespace laneway
