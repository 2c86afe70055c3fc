#include "manager/event_book.h"

#include "base/log.h"

namespace laneway {

namespace {

constexpr std::string_view kSeverities[] = {"info", "warning", "error"};
constexpr size_t kBatch = 500;

}  // namespace

void EventBook::add(const Happening& happening) {
  Json entry = {{"time", utc_text(clock_.now_ms() - std::min(happening.ago_ms, clock_.now_ms()))},
                {"severity", kSeverities[static_cast<size_t>(happening.severity)]},
                {"subject", {{"kind", facts_of(happening.kind).name}, {"name", happening.name}}},
                {"reason", happening.reason},
                {"text", happening.text}};
  const std::lock_guard lock(mutex_);
  for (StoreWrite& write : log_.stage(entry)) waiting_.push_back(std::move(write));
  while (waiting_.size() > kWaitingMax) waiting_.pop_front();
  news_.publish("event", to_line(entry));
  log_.add(std::move(entry));
  const LogLevel level = happening.severity == Severity::info ? LogLevel::info : LogLevel::warning;
  log_at(level, "{}", happening.text);
}

Result<void> EventBook::flush(Store& store) {
  while (true) {
    StoreTransaction transaction;
    {
      const std::lock_guard lock(mutex_);
      const size_t count = std::min(waiting_.size(), kBatch);
      transaction.writes.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (transaction.writes.empty()) return {};
    if (Result<uint64_t> written = store.commit(transaction); !written) return pass_on(written);
    const std::lock_guard lock(mutex_);
    const size_t done = std::min(waiting_.size(), transaction.writes.size());
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
  }
}

}  // namespace laneway
