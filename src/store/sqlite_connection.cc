#include "store/sqlite_connection.h"

#include <sqlite3.h>

#include <cerrno>

namespace laneway {

namespace {

constexpr int kBusyTimeoutMs = 5000;

bool is_full(int outcome, int number) {
  return outcome == SQLITE_FULL || number == ENOSPC || number == EDQUOT || number == EFBIG;
}

tl::unexpected<Error> failure_text(const std::string& path, int outcome, const char* words, int number) {
  if (is_full(outcome, number)) {
    return fail(ErrorCode::no_space, "The store {} has no room ({}); make room on its file system and try again.", path,
                words);
  }
  switch (outcome & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(ErrorCode::io, "The store {} is damaged ({}); restore a backup of it.", path, words);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::timed_out, "Another program holds the store {} ({}); end it and try again.", path, words);
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return fail(ErrorCode::permission_denied, "The store {} cannot be written ({}); check its permissions.", path,
                  words);
    case SQLITE_CANTOPEN:
      return fail(number == EACCES || number == EPERM ? ErrorCode::permission_denied : ErrorCode::not_found,
                  "The store {} cannot be opened ({}{}{}); check that its directory exists and is ours.", path, words,
                  number == 0 ? "" : ": ", number == 0 ? std::string() : errno_text(number));
    case SQLITE_NOMEM:
      return fail(ErrorCode::no_space, "There is no memory for the store {}; free some and try again.", path);
    case SQLITE_IOERR:
      return fail(ErrorCode::io, "The store {} cannot be read or written ({}{}{}); check its disk.", path, words,
                  number == 0 ? "" : ": ", number == 0 ? std::string() : errno_text(number));
    default:
      return fail(ErrorCode::internal, "The store {} failed: {} (SQLite {}); report this as a defect.", path, words,
                  outcome);
  }
}

int open_flags(SqliteConnection::Access access) {
  const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (access) {
    case SqliteConnection::Access::read_only:
      return common | SQLITE_OPEN_READONLY;
    case SqliteConnection::Access::read_write:
      return common | SQLITE_OPEN_READWRITE;
    case SqliteConnection::Access::create:
      return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return common | SQLITE_OPEN_READONLY;
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { (void)sqlite3_finalize(statement); }

SqliteStatement::SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* statement)
    : connection_(&connection), statement_(statement) {}

// A parameter that cannot be bound (too long for SQLite's limits) fails in step(), since it is then null.
SqliteStatement& SqliteStatement::bind(int parameter, uint64_t number) {
  (void)sqlite3_bind_int64(statement_.get(), parameter, static_cast<sqlite3_int64>(number));
  return *this;
}

SqliteStatement& SqliteStatement::bind_text(int parameter, std::string_view text) {
  (void)sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::bind_bytes(int parameter, std::string_view bytes) {
  // A null pointer would bind NULL instead of an empty value.
  (void)sqlite3_bind_blob64(statement_.get(), parameter, bytes.empty() ? "" : bytes.data(), bytes.size(),
                            SQLITE_STATIC);
  return *this;
}

SqliteStatement& SqliteStatement::bind_null(int parameter) {
  (void)sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

Result<bool> SqliteStatement::step() {
  const int outcome = sqlite3_step(statement_.get());
  if (outcome == SQLITE_ROW) return true;
  if (outcome == SQLITE_DONE) return false;
  return connection_->failure(outcome);
}

Result<void> SqliteStatement::run() {
  Result<bool> outcome = step();
  if (!outcome) return pass_on(outcome);
  return {};
}

uint64_t SqliteStatement::number(int column) const {
  return static_cast<uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::string SqliteStatement::bytes(int column) const {
  const void* begin = sqlite3_column_blob(statement_.get(), column);
  const int length = sqlite3_column_bytes(statement_.get(), column);
  if (begin == nullptr || length <= 0) return {};
  return {static_cast<const char*>(begin), static_cast<size_t>(length)};
}

bool SqliteStatement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

void SqliteConnection::Close::operator()(sqlite3* connection) const { (void)sqlite3_close_v2(connection); }

SqliteConnection::SqliteConnection(std::string path, sqlite3* connection)
    : path_(std::move(path)), connection_(connection) {}

Result<SqliteConnection> SqliteConnection::open(const std::string& path, Access access) {
  sqlite3* made = nullptr;
  const int outcome = sqlite3_open_v2(path.c_str(), &made, open_flags(access), nullptr);
  SqliteConnection connection(path, made);
  if (outcome != SQLITE_OK) return connection.failure(outcome);
  (void)sqlite3_busy_timeout(made, kBusyTimeoutMs);
  // A file with a schema that was tampered with runs no code of its own.
  (void)sqlite3_db_config(made, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  (void)sqlite3_db_config(made, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return connection;
}

Result<SqliteStatement> SqliteConnection::prepare(const char* sql) const {
  sqlite3_stmt* made = nullptr;
  const int outcome = sqlite3_prepare_v2(connection_.get(), sql, -1, &made, nullptr);
  if (outcome != SQLITE_OK) return failure(outcome);
  return SqliteStatement(*this, made);
}

Result<void> SqliteConnection::execute(const char* sql) const {
  const int outcome = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (outcome != SQLITE_OK) return failure(outcome);
  return {};
}

Result<uint64_t> SqliteConnection::number(const char* sql) const {
  Result<SqliteStatement> statement = prepare(sql);
  if (!statement) return pass_on(statement);
  Result<bool> row = statement->step();
  if (!row) return pass_on(row);
  return *row ? statement->number(0) : 0;
}

Result<std::string> SqliteConnection::text(const char* sql) const {
  Result<SqliteStatement> statement = prepare(sql);
  if (!statement) return pass_on(statement);
  Result<bool> row = statement->step();
  if (!row) return pass_on(row);
  return *row ? statement->bytes(0) : std::string();
}

Result<void> SqliteConnection::copy_from(const SqliteConnection& source) const {
  sqlite3_backup* copy = sqlite3_backup_init(connection_.get(), "main", source.connection_.get(), "main");
  if (copy == nullptr) return failure(sqlite3_extended_errcode(connection_.get()));
  // All pages in one step: one read transaction of the source.
  (void)sqlite3_backup_step(copy, -1);
  const int outcome = sqlite3_backup_finish(copy);
  if (outcome != SQLITE_OK) return failure(outcome);
  return {};
}

tl::unexpected<Error> SqliteConnection::failure(int outcome) const {
  if (connection_ == nullptr) return failure_text(path_, SQLITE_NOMEM, "", 0);
  // After other failures the number is an older one's.
  const bool has_number = (outcome & 0xff) == SQLITE_IOERR || (outcome & 0xff) == SQLITE_CANTOPEN;
  const int number = has_number ? sqlite3_system_errno(connection_.get()) : 0;
  return failure_text(path_, outcome, sqlite3_errmsg(connection_.get()), number);
}

Result<SqliteTransaction> SqliteTransaction::begin(const SqliteConnection& connection, Kind kind) {
  Result<void> begun = connection.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun) return pass_on(begun);
  return SqliteTransaction(connection);
}

SqliteTransaction::~SqliteTransaction() {
  // SQLite has rolled back by itself after some failures; there is then nothing to roll back.
  if (connection_ != nullptr) (void)connection_->execute("ROLLBACK");
}

Result<void> SqliteTransaction::commit() {
  Result<void> committed = connection_->execute("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

}  // namespace laneway
