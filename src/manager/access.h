#pragma once
// Access says who a request comes from: a local process by the kernel's word, a program by its bearer token, a person
// by the session's cookie. Owned by the daemon. identify() runs on the HTTP thread and asks the system's user database
// on a pool.

#include <sys/types.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "manager/actor.h"
#include "manager/catalog.h"
#include "manager/refusal.h"
#include "manager/sessions.h"
#include "manager/wall_clock.h"

namespace laneway {

struct Caller {
  Actor actor;
  std::string how;   // "socket", "token", "session"; empty: nobody
  std::string user;  // of a session
  std::string csrf_token;
  std::string cookie;
};

// Which users of this host are members of the administrators' group. May block for the user database.
class LocalGroup {
 public:
  virtual ~LocalGroup() = default;
  virtual bool has(uid_t uid, gid_t gid) = 0;
};

// A group of the system by name. One that does not exist has no members.
class SystemGroup final : public LocalGroup {
 public:
  explicit SystemGroup(const std::string& name);
  bool has(uid_t uid, gid_t gid) override;
  std::optional<gid_t> gid() const { return gid_; }

 private:
  std::optional<gid_t> gid_;
};

class Access {
 public:
  struct Parts {
    Catalog& catalog;
    Sessions& sessions;
    LocalGroup& group;
    Clock& clock;
    WallClock& wall_clock;
  };
  explicit Access(const Parts& parts);

  // A caller with Role::none where nobody is named; 401 where somebody is who may not be here, or is no more.
  Answer<Caller> identify(HttpExchange& exchange);

 private:
  static constexpr uint64_t kMemberForNs = 60 * kSecond;
  static constexpr size_t kMembersMax = 1'000;

  bool is_administrator(HttpExchange& exchange);
  Answer<Caller> of_token(std::string_view token, const HttpPeer& peer);
  Answer<Caller> of_cookie(const std::string& cookie, const HttpPeer& peer);

  struct Member {
    bool is_one = false;
    uint64_t asked_ns = 0;
  };
  // Fixed after construction
  const Parts parts_;
  const uid_t own_uid_;
  // Any thread, under mutex_
  std::mutex mutex_;
  std::map<uid_t, Member> members_;
};

// "192.0.2.1" of "192.0.2.1:4711"; "local" of a process of this host.
std::string address_of(const HttpPeer& peer);
// The value of a cookie, empty where there is none of that name.
std::string cookie_in(std::string_view header, std::string_view name);

constexpr std::string_view kSessionCookie = "laneway_session";
// "lw.NAME.SECRET"
std::string token_text(const std::string& name, const std::string& secret);

}  // namespace laneway
