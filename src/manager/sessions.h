#pragma once
// Sessions are the log-ins of the console: known by the hash of a random cookie, in memory, until nobody has used them
// for half an hour, for half a day at most, or until lanewayd ends. Owned by the daemon. Any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/units.h"

namespace laneway {

struct Session {
  std::string user;
  std::string user_uid;    // one of that name who came later is somebody else
  std::string csrf_token;  // what changes carry in X-CSRF-Token
};

class Sessions {
 public:
  static constexpr uint64_t kIdleNs = 1800 * kSecond;
  static constexpr uint64_t kLifeNs = 12 * 3600 * kSecond;
  static constexpr size_t kMax = 10'000;

  explicit Sessions(Clock& clock) : clock_(clock) {}

  // The cookie's value.
  std::string begin(Session session);
  std::optional<Session> find(std::string_view cookie);
  void end(std::string_view cookie);
  void end_all_of(std::string_view user);
  size_t count();

 private:
  struct Entry {
    Session session;
    uint64_t began_ns = 0;
    uint64_t used_ns = 0;
  };
  bool is_over(const Entry& entry, uint64_t now_ns) const;
  void drop_over(uint64_t now_ns);

  // Fixed after construction
  Clock& clock_;
  // Any thread, under mutex_
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // by the cookie's hash
};

}  // namespace laneway
