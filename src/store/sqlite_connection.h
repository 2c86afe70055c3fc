#pragma once
// SqliteConnection and SqliteStatement own SQLite's handles and turn its errors into ours. Text and bytes from outside
// reach SQL as bound parameters only. One thread at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace laneway {

class SqliteConnection;

// One prepared statement; columns and parameters are counted as SQLite does, from 0 and from 1.
class SqliteStatement {
 public:
  SqliteStatement& bind(int parameter, uint64_t number);
  // Views must stay until the statement has run.
  SqliteStatement& bind_text(int parameter, std::string_view text);
  SqliteStatement& bind_bytes(int parameter, std::string_view bytes);
  SqliteStatement& bind_null(int parameter);

  // True: a row is there. False: done.
  Result<bool> step();
  // Runs a statement that gives no rows.
  Result<void> run();

  uint64_t number(int column) const;
  std::string bytes(int column) const;
  bool is_null(int column) const;

 private:
  friend class SqliteConnection;
  SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* statement);
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  const SqliteConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteConnection {
 public:
  enum class Access : uint8_t { read_only, read_write, create };

  static Result<SqliteConnection> open(const std::string& path, Access access);

  // `sql` is text of ours, one statement.
  Result<SqliteStatement> prepare(const char* sql) const;
  // `sql` is text of ours, any number of statements without rows of interest.
  Result<void> execute(const char* sql) const;
  // The first column of the first row.
  Result<uint64_t> number(const char* sql) const;
  Result<std::string> text(const char* sql) const;

  // Copies everything of `source` over what is here, as of one moment.
  Result<void> copy_from(const SqliteConnection& source) const;

  const std::string& path() const { return path_; }
  // What the last call on this connection failed with.
  tl::unexpected<Error> failure(int outcome) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  SqliteConnection(std::string path, sqlite3* connection);

  std::string path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

// Rolls back at its end unless it was committed.
class SqliteTransaction {
 public:
  enum class Kind : uint8_t { read, write };
  static Result<SqliteTransaction> begin(const SqliteConnection& connection, Kind kind);
  ~SqliteTransaction();
  SqliteTransaction(SqliteTransaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;

  Result<void> commit();

 private:
  explicit SqliteTransaction(const SqliteConnection& connection) : connection_(&connection) {}
  const SqliteConnection* connection_;
};

}  // namespace laneway
