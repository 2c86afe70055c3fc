#include "manager/numbered_log.h"

#include <algorithm>
#include <charconv>

namespace laneway {

namespace {

constexpr size_t kEntryMaxBytes = 64 << 10;

bool is_chosen(const Json& entry, const ListQuery& query) {
  return std::all_of(query.filters.begin(), query.filters.end(), [&](const ListQuery::Filter& filter) {
    return plain_text(field_at(entry, filter.field)) == filter.value;
  });
}

}  // namespace

Result<void> NumberedLog::load(Store& store) {
  Result<StoreList> list = store.list(prefix_ + "/");
  if (!list) return pass_on(list);
  const std::lock_guard lock(mutex_);
  for (const StoreEntry& stored : list->entries) {
    Result<Json> entry = parse_json(stored.value, kEntryMaxBytes);
    if (!entry || !entry->is_object()) continue;  // one that cannot be read hides no other
    if (!revision_field_.empty() && number_at(*entry, revision_field_, 1) != 0) {
      (*entry)[revision_field_] = stored.revision;
    }
    last_number_ = std::max(last_number_, number_at(*entry, "number"));
    kept_.push_back(std::move(*entry));
  }
  return {};
}

std::vector<StoreWrite> NumberedLog::stage(Json& entry) {
  const std::lock_guard lock(mutex_);
  const uint64_t number = ++last_number_;
  entry["number"] = number;
  std::vector<StoreWrite> writes{{key_of(number), to_line(entry)}};
  if (number > kKeptMax) writes.push_back({key_of(number - kKeptMax), std::nullopt});
  return writes;
}

void NumberedLog::add(Json entry) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(entry));
  if (kept_.size() > kKeptMax) kept_.pop_front();
}

LogPage NumberedLog::list(const ListQuery& query) const {
  uint64_t before = UINT64_MAX;
  (void)std::from_chars(query.after.data(), query.after.data() + query.after.size(), before);
  LogPage page;
  const std::lock_guard lock(mutex_);
  for (auto entry = kept_.rbegin(); entry != kept_.rend(); ++entry) {
    if (number_at(*entry, "number") >= before || !is_chosen(*entry, query)) continue;
    if (page.items.size() == query.limit) {
      page.next = std::to_string(number_at(page.items.back(), "number"));
      return page;
    }
    page.items.push_back(*entry);
  }
  return page;
}

}  // namespace laneway
