#include "manager/news_feed.h"

#include <fmt/format.h>

#include <charconv>

#include "manager/hex.h"

namespace laneway {

class NewsWatch final : public EventSource {
 public:
  // Number UINT64_MAX: begins anew.
  NewsWatch(const NewsFeed& feed, Role role, uint64_t number) : feed_(feed), role_(role), number_(number) {}
  bool take(std::string& wire) override {
    feed_.append_after(number_, role_, wire);
    return true;
  }

 private:
  const NewsFeed& feed_;
  const Role role_;
  uint64_t number_;
};

namespace {

constexpr uint64_t kUnknown = UINT64_MAX;

// "EPOCH-NUMBER"; kUnknown where it is of another epoch or no number.
uint64_t number_in(std::string_view id, std::string_view epoch) {
  if (!id.starts_with(epoch) || id.size() <= epoch.size() + 1) return kUnknown;
  id.remove_prefix(epoch.size() + 1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  return error == std::errc() && end == id.data() + id.size() ? number : kUnknown;
}

}  // namespace

NewsFeed::NewsFeed() : epoch_(random_hex(6)) {}

void NewsFeed::listen(NewsListener* listener) {
  const std::lock_guard lock(mutex_);
  listener_ = listener;
}

void NewsFeed::publish(std::string_view event, std::string data, Role role) {
  NewsListener* listener = nullptr;
  {
    const std::lock_guard lock(mutex_);
    kept_bytes_ += data.size();
    kept_.push_back({++last_number_, std::string(event), std::move(data), role});
    while (kept_.size() > kKeptMax || kept_bytes_ > kKeptMaxBytes) {
      kept_bytes_ -= kept_.front().data.size();
      kept_.pop_front();
    }
    listener = listener_;
  }
  if (listener != nullptr) listener->news_came();
}

std::unique_ptr<EventSource> NewsFeed::watch(std::string_view last_id, Role role) {
  return std::make_unique<NewsWatch>(*this, role, last_id.empty() ? last_number() : number_in(last_id, epoch_));
}

uint64_t NewsFeed::last_number() const {
  const std::lock_guard lock(mutex_);
  return last_number_;
}

std::string NewsFeed::wire_of(const News& news) const {
  return fmt::format("id: {}-{}\nevent: {}\ndata: {}\n\n", epoch_, news.number, news.event, news.data);
}

void NewsFeed::append_after(uint64_t& number, Role role, std::string& wire) const {
  const std::lock_guard lock(mutex_);
  const uint64_t before_first = last_number_ - kept_.size();
  size_t bytes = 0;
  if (number >= before_first && number <= last_number_) {
    for (size_t i = number - before_first; i < kept_.size(); ++i) bytes += kept_[i].data.size();
  }
  if (number < before_first || number > last_number_ || bytes > kBehindMaxBytes) {
    number = last_number_;
    wire += wire_of({last_number_, "reset", "{}", Role::viewer});
    return;
  }
  for (size_t i = number - before_first; i < kept_.size(); ++i) {
    if (kept_[i].role <= role) wire += wire_of(kept_[i]);
  }
  number = last_number_;
}

}  // namespace laneway
