#pragma once
// A store of version 1 as SQL (`sqlite3 FILE .dump`), made on 2026-11-23 by three commits. It never changes: every
// later program must read it. Tests.

namespace laneway::testing {

constexpr const char* kStoreVersion1 = R"(
PRAGMA application_id = 1282299769;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  revision INTEGER NOT NULL,
  trimmed_revision INTEGER NOT NULL,
  history_count INTEGER NOT NULL,
  history_bytes INTEGER NOT NULL
);
INSERT INTO store VALUES(1,3,0,4,61);
CREATE TABLE entries (
  key TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL,
  created_revision INTEGER NOT NULL,
  revision INTEGER NOT NULL
);
INSERT INTO entries VALUES('targets/array-a',X'7b2261223a317d',1,3);
INSERT INTO entries VALUES('machines/m1',X'00ff0a',2,2);
CREATE TABLE changes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  revision INTEGER NOT NULL,
  key TEXT NOT NULL,
  value BLOB
);
INSERT INTO changes VALUES(1,1,'targets/array-a',X'7b7d');
INSERT INTO changes VALUES(2,2,'machines/m1',X'00ff0a');
INSERT INTO changes VALUES(3,2,'gone',NULL);
INSERT INTO changes VALUES(4,3,'targets/array-a',X'7b2261223a317d');
CREATE INDEX changes_by_revision ON changes (revision);
COMMIT;
)";

}  // namespace laneway::testing
