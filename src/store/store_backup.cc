#include "store/store_backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "store/store_lock.h"
#include "store/store_schema.h"

namespace laneway {

namespace {

// What a restored store's revisions are ahead of its backup's: more than were given out since, fewer than JSON's
// numbers can count a thousand times over.
constexpr uint64_t kRevisionLeap = uint64_t{1} << 32;

tl::unexpected<Error> step_failure(const std::string& path, const char* step) {
  const int number = errno;
  const ErrorCode code = number == ENOENT                       ? ErrorCode::not_found
                         : number == ENOSPC || number == EDQUOT ? ErrorCode::no_space
                         : number == EACCES || number == EROFS  ? ErrorCode::permission_denied
                                                                : ErrorCode::io;
  return fail(code, "{} cannot be {}: {}; check its directory and file system.", path, step, errno_text(number));
}

Result<void> make_empty(const std::string& path) {
  (void)::unlink(path.c_str());
  (void)::unlink((path + "-journal").c_str());
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return step_failure(path, "written");
  return {};
}

// Never called on a file that SQLite has open in this process: closing a descriptor would drop its locks.
Result<void> sync_path(const std::string& path, int flags) {
  const UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return step_failure(path, "synced");
  return {};
}

Result<void> sync_directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  return sync_path(directory, O_RDONLY | O_DIRECTORY);
}

Result<void> copy_into(const SqliteConnection& source, const std::string& path, const char* afterwards) {
  if (Result<void> made = make_empty(path); !made) return made;
  Result<SqliteConnection> copy = SqliteConnection::open(path, SqliteConnection::Access::read_write);
  if (!copy) return pass_on(copy);
  if (Result<void> copied = copy->copy_from(source); !copied) return copied;
  // One file, without a log beside it.
  Result<std::string> mode = copy->text("PRAGMA journal_mode = DELETE");
  if (!mode) return pass_on(mode);
  if (Result<void> changed = copy->execute(afterwards); !changed) return changed;
  return check_store(*copy, store_migrations().size(), true);
}

Result<void> write_whole(const SqliteConnection& source, const std::string& path, const char* afterwards) {
  Result<void> written = copy_into(source, path, afterwards);
  if (written) written = sync_path(path, O_RDONLY);
  if (!written) {
    (void)::unlink(path.c_str());
    (void)::unlink((path + "-journal").c_str());
  }
  return written;
}

Result<void> move_over(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    Result<void> failed = step_failure(to, "replaced");
    (void)::unlink(from.c_str());
    return failed;
  }
  return sync_directory_of(to);
}

// Brings the log of the old store into its file where that still works; where not, the two are kept side by side.
Result<void> keep_old(const std::string& path) {
  const std::string kept = path + ".before-restore";
  if (Result<SqliteConnection> old = SqliteConnection::open(path, SqliteConnection::Access::read_write)) {
    (void)old->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  (void)::unlink(kept.c_str());
  (void)::unlink((kept + "-wal").c_str());
  // A log beside another file than its own would be read into that.
  if (::rename((path + "-wal").c_str(), (kept + "-wal").c_str()) != 0 && errno != ENOENT) {
    return step_failure(path + "-wal", "moved");
  }
  (void)::unlink((path + "-shm").c_str());
  if (::link(path.c_str(), kept.c_str()) != 0 && errno != ENOENT) return step_failure(kept, "made");
  return sync_directory_of(path);
}

}  // namespace

Result<void> write_backup(const SqliteConnection& source, const std::string& path) {
  const std::string temporary = path + ".new";
  if (Result<void> written = write_whole(source, temporary, ""); !written) return written;
  return move_over(temporary, path);
}

Result<void> restore_store(const std::string& path, const std::string& backup_path) {
  Result<StoreLock> lock = StoreLock::take(path);
  if (!lock) return pass_on(lock);
  const std::string restored = path + ".restored";
  {
    Result<SqliteConnection> backup = SqliteConnection::open(backup_path, SqliteConnection::Access::read_only);
    if (!backup) return pass_on(backup);
    if (Result<void> sound = check_store(*backup, store_migrations().size(), true); !sound) return sound;
    Result<uint64_t> application = backup->number("PRAGMA application_id");
    if (!application) return pass_on(application);
    if (*application != kStoreApplicationId) {
      return fail(ErrorCode::invalid_argument, "{} is empty and no backup of a store; name another file.", backup_path);
    }
    const std::string renewal = fmt::format(
        "DELETE FROM changes; UPDATE store SET revision = revision + {0}, trimmed_revision = revision + {0}, "
        "history_count = 0, history_bytes = 0;",
        kRevisionLeap);
    if (Result<void> written = write_whole(*backup, restored, renewal.c_str()); !written) return written;
  }
  if (Result<void> kept = keep_old(path); !kept) return kept;
  return move_over(restored, path);
}

}  // namespace laneway
