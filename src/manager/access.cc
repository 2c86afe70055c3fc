#include "manager/access.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "manager/hex.h"

namespace laneway {

namespace {

constexpr size_t kEntryBytes = 64 << 10;
constexpr size_t kGroupsMax = 1'024;
constexpr std::string_view kTokenPrefix = "lw.";

class MembershipWork final : public BlockingWork {
 public:
  MembershipWork(LocalGroup& group, const HttpPeer& peer) : group_(group), peer_(peer) {}
  void run() override { is_member = group_.has(peer_.uid, peer_.gid); }
  bool is_member = false;

 private:
  LocalGroup& group_;
  const HttpPeer& peer_;
};

std::string place_of(const HttpPeer& peer) {
  return peer.is_local ? fmt::format("socket, process {}", peer.pid) : peer.address;
}

tl::unexpected<Refusal> not_known(std::string_view what) {
  return refuse(401, what, "log in (POST /api/v1/session), or send a valid bearer token");
}

}  // namespace

SystemGroup::SystemGroup(const std::string& name) {
  std::vector<char> room(kEntryBytes);
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr) {
    gid_ = found->gr_gid;
  }
}

bool SystemGroup::has(uid_t uid, gid_t gid) {
  if (!gid_) return false;
  if (gid == *gid_) return true;
  std::vector<char> room(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return false;
  std::vector<gid_t> groups(kGroupsMax);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) return false;
  const auto end = groups.begin() + count;
  return std::find(groups.begin(), end, *gid_) != end;
}

std::string address_of(const HttpPeer& peer) {
  return peer.is_local ? "local" : peer.address.substr(0, peer.address.rfind(':'));
}

std::string cookie_in(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return "";
}

std::string token_text(const std::string& name, const std::string& secret) {
  return fmt::format("{}{}.{}", kTokenPrefix, name, secret);
}

Access::Access(const Parts& parts) : parts_(parts), own_uid_(::geteuid()) {}

Answer<Caller> Access::identify(HttpExchange& exchange) {
  const HttpRequest& request = exchange.request();
  const std::string_view authorization = request.header("authorization");
  if (authorization.starts_with("Bearer ")) return of_token(authorization.substr(7), request.peer);
  const std::string cookie = cookie_in(request.header("cookie"), kSessionCookie);
  if (!cookie.empty()) return of_cookie(cookie, request.peer);
  Caller caller;
  caller.actor.from = place_of(request.peer);
  if (!request.peer.is_local) return caller;
  caller.actor.who = fmt::format("uid {}", request.peer.uid);
  caller.how = "socket";
  if (is_administrator(exchange)) caller.actor.role = Role::administrator;
  return caller;
}

bool Access::is_administrator(HttpExchange& exchange) {
  const HttpPeer& peer = exchange.request().peer;
  if (peer.uid == 0 || peer.uid == own_uid_) return true;
  const uint64_t now_ns = parts_.clock.now_ns();
  {
    const std::lock_guard lock(mutex_);
    const auto known = members_.find(peer.uid);
    if (known != members_.end() && now_ns - known->second.asked_ns < kMemberForNs) return known->second.is_one;
  }
  MembershipWork work(parts_.group, peer);
  if (!exchange.run_blocking(BlockingPool::passwords, work)) return false;
  const std::lock_guard lock(mutex_);
  if (members_.size() >= kMembersMax) members_.clear();
  members_[peer.uid] = {work.is_member, now_ns};
  return work.is_member;
}

Answer<Caller> Access::of_token(std::string_view token, const HttpPeer& peer) {
  const size_t dot = token.rfind('.');
  const bool is_whole = token.starts_with(kTokenPrefix) && dot != std::string_view::npos && dot > kTokenPrefix.size();
  if (!is_whole) return not_known("The bearer token is malformed");
  const std::string name(token.substr(kTokenPrefix.size(), dot - kTokenPrefix.size()));
  const std::optional<Resource> known = parts_.catalog.find(Kind::token, name);
  const std::string hash = known ? text_at(known->notes, "hash") : std::string();
  if (hash.empty() || !is_same_secret(sha256_hex(token.substr(dot + 1)), hash)) {
    return not_known("The bearer token is not known");
  }
  if (number_at(known->notes, "expires_at_ms") <= parts_.wall_clock.now_ms())
    return not_known("The bearer token has expired");
  Caller caller;
  caller.actor = {"token " + name, role_of(text_at(known->spec, "role")), place_of(peer), ""};
  caller.how = "token";
  return caller;
}

Answer<Caller> Access::of_cookie(const std::string& cookie, const HttpPeer& peer) {
  const std::optional<Session> session = parts_.sessions.find(cookie);
  const std::optional<Resource> user = session ? parts_.catalog.find(Kind::user, session->user) : std::nullopt;
  if (!user || user->uid != session->user_uid || flag_at(user->spec, "disabled"))
    return not_known("The session has ended");
  Caller caller;
  caller.actor = {session->user, role_of(text_at(user->spec, "role")), place_of(peer), ""};
  caller.how = "session";
  caller.user = session->user;
  caller.csrf_token = session->csrf_token;
  caller.cookie = cookie;
  return caller;
}

}  // namespace laneway
