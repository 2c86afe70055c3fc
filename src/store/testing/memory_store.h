#pragma once
// MemoryStore is a store for tests and fuzzers that need no disk: the same rules, and it fails when told to. Any
// thread.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "store/store.h"

namespace laneway {

class MemoryStore final : public Store {
 public:
  void fail_with(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }

  Result<StoreList> list(std::string_view prefix) override {
    const std::lock_guard lock(mutex_);
    if (error_) return tl::unexpected<Error>(*error_);
    StoreList out{revision_, {}};
    for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it) {
      out.entries.push_back(it->second);
    }
    return out;
  }
  Result<uint64_t> commit(const StoreTransaction& transaction) override {
    const std::lock_guard lock(mutex_);
    if (error_) return tl::unexpected<Error>(*error_);
    for (const StoreExpectation& expected : transaction.expected) {
      const auto found = entries_.find(expected.key);
      if ((found == entries_.end() ? 0 : found->second.revision) == expected.revision) continue;
      return fail(ErrorCode::in_use, "{} was changed meanwhile.", expected.key);
    }
    ++revision_;
    for (const StoreWrite& write : transaction.writes) put(write);
    changed_.notify_all();
    return revision_;
  }
  Result<std::vector<StoreChange>> changes_after(uint64_t revision, uint64_t time_limit_ns) override {
    std::unique_lock lock(mutex_);
    const auto is_newer = [&] { return revision_ > revision; };
    (void)changed_.wait_for(lock, std::chrono::nanoseconds(time_limit_ns), is_newer);
    std::vector<StoreChange> out;
    for (const StoreChange& change : history_) {
      if (change.revision > revision) out.push_back(change);
    }
    return out;
  }

 private:
  void put(const StoreWrite& write) {
    history_.push_back({revision_, write});
    if (!write.value) {
      entries_.erase(write.key);
      return;
    }
    StoreEntry& entry = entries_[write.key];
    if (entry.key.empty()) entry.created_revision = revision_;
    entry.key = write.key;
    entry.value = *write.value;
    entry.revision = revision_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, StoreEntry, std::less<>> entries_;
  std::deque<StoreChange> history_;
  uint64_t revision_ = 0;
  std::optional<Error> error_;
};

}  // namespace laneway
