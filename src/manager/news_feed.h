#pragma once
// NewsFeed numbers what changed and keeps the last of it, so that clients that watch can go on where they were cut off.
// Owned by the daemon. Any thread.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/message.h"
#include "manager/actor.h"

namespace laneway {

// Told of news outside the feed's lock; never blocks.
class NewsListener {
 public:
  virtual void news_came() = 0;

 protected:
  ~NewsListener() = default;
};

class NewsFeed {
 public:
  static constexpr size_t kKeptMax = 10'000;
  static constexpr size_t kKeptMaxBytes = 16 << 20;
  static constexpr size_t kBehindMaxBytes = 512 << 10;  // a client that is further behind begins anew

  NewsFeed();
  void listen(NewsListener* listener);

  // `data` is one line; only callers of that role or more are told.
  void publish(std::string_view event, std::string data, Role role = Role::viewer);
  // Of one client, from the news after the given id on (its Last-Event-ID, empty: from now on). Outlived by the feed.
  std::unique_ptr<EventSource> watch(std::string_view last_id, Role role);
  uint64_t last_number() const;

 private:
  friend class NewsWatch;
  struct News {
    uint64_t number = 0;
    std::string event;
    std::string data;
    Role role = Role::viewer;
  };
  // Appends what is after `number` and sets it to the last; where that cannot be had, tells the client to begin anew.
  void append_after(uint64_t& number, Role role, std::string& wire) const;
  std::string wire_of(const News& news) const;

  // Fixed after construction
  const std::string epoch_;  // of this process: numbers begin anew with it

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::deque<News> kept_;
  size_t kept_bytes_ = 0;
  uint64_t last_number_ = 0;
  NewsListener* listener_ = nullptr;
};

}  // namespace laneway
