#pragma once
// NumberedLog keeps the last entries of something that only grows (events, the audit log): in memory for readers, under
// "PREFIX/NUMBER" in the store. Numbers never come twice. Owned by EventBook and AuditTrail. Any thread.

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "manager/catalog.h"
#include "store/store.h"

namespace laneway {

struct LogPage {
  std::vector<Json> items;  // newest first
  std::string next;         // empty: the end
};

class NumberedLog {
 public:
  static constexpr size_t kKeptMax = 10'000;
  // `revision_field`: where the store's revision of an entry is shown; empty: nowhere.
  NumberedLog(std::string prefix, std::string revision_field)
      : prefix_(std::move(prefix)), revision_field_(std::move(revision_field)) {}

  Result<void> load(Store& store);
  // What to write so that the entry is kept, and the oldest is not any more; with its number, which is taken.
  std::vector<StoreWrite> stage(Json& entry);
  // Entries are added in the order of their numbers where writers take turns.
  void add(Json entry);
  LogPage list(const ListQuery& query) const;

 private:
  std::string key_of(uint64_t number) const { return fmt::format("{}/{:020}", prefix_, number); }

  // Fixed after construction
  const std::string prefix_;
  const std::string revision_field_;
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::deque<Json> kept_;
  uint64_t last_number_ = 0;
};

}  // namespace laneway
