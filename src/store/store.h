#pragma once
// Store keeps what the control plane was asked for: values under keys ("targets/array-a"), each change of which gets
// the next revision of the whole store. Compare-and-write transactions, lists by prefix and a history of changes to
// watch: the shape of etcd's KV, so that a pool of hosts can use that behind the same interface. Any thread; calls may
// block.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace laneway {

struct StoreEntry {
  std::string key;    // 1 to 512 bytes of printable ASCII
  std::string value;  // at most 1 MiB
  uint64_t created_revision = 0;
  uint64_t revision = 0;  // of its last change
};

struct StoreExpectation {
  std::string key;
  uint64_t revision = 0;  // 0: there is no such key
};

struct StoreWrite {
  std::string key;
  std::optional<std::string> value;  // none: the key is deleted
};

struct StoreChange {
  uint64_t revision = 0;
  StoreWrite write;
};

// All of it or nothing; at most 1,024 writes, of 16 MiB in all, and no key written twice.
struct StoreTransaction {
  std::vector<StoreExpectation> expected;
  std::vector<StoreWrite> writes;
};

struct StoreList {
  uint64_t revision = 0;            // of the store when it was read: changes after it are not in `entries`
  std::vector<StoreEntry> entries;  // by key
};

class Store {
 public:
  virtual ~Store() = default;

  virtual Result<StoreList> list(std::string_view prefix) = 0;
  // The revision that all its writes got; they are on disk then. ErrorCode::in_use, with the key, where an expectation
  // does not hold: nothing is changed. After ErrorCode::io it is not known whether they will be there after a crash.
  virtual Result<uint64_t> commit(const StoreTransaction& transaction) = 0;
  // Changes after `revision`, oldest first, whole revisions only, at most 1,024; waits for the first until the time
  // limit, then none. ErrorCode::not_found where the history does not reach back to it, or where the store has never
  // been there (it was restored from a backup): list again.
  virtual Result<std::vector<StoreChange>> changes_after(uint64_t revision, uint64_t time_limit_ns) = 0;
};

}  // namespace laneway
