#include "manager/api_handlers.h"
#include "manager/first_status.h"
#include "manager/hex.h"

namespace laneway {

namespace {

constexpr size_t kTokenBytes = 32;
constexpr std::string_view kNoSession = "; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0";
constexpr std::string_view kNewSession = "; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=43200";

Json session_json(const Caller& caller) {
  Json session = {{"user", caller.actor.who}, {"role", role_name(caller.actor.role)}, {"how", caller.how}};
  if (!caller.csrf_token.empty()) session["csrf_token"] = caller.csrf_token;
  return session;
}

// Changes a password, with all sessions of that user ended. Blocks.
Answer<void> change_password(const ApiParts& parts, Resource user, const std::string& password, const Actor& actor,
                             bool is_own) {
  Result<std::string> hash = parts.passwords.make(password);
  if (!hash) return refuse(503, hash.error().message, "");
  user.notes["has_password"] = true;
  user.notes["must_change_password"] = !is_own;
  Answer<void> done = parts.registry.remember(user, {{secret_key(Kind::user, user.name), *hash}}, actor);
  if (done) parts.sessions.end_all_of(user.name);
  return done;
}

Answer<bool> is_password(const ApiParts& parts, const std::string& user, const std::string& password) {
  Result<std::string> hash = parts.ledger.read(secret_key(Kind::user, user));
  if (!hash) return refuse(503, hash.error().message, "");
  return parts.passwords.is_right(password, *hash);
}

// One log-in, tried on the pool for passwords.
struct LogInTry {
  const ApiParts& parts;
  Actor actor;
  std::string user;
  std::string password;
  std::string new_password;

  Answer<Session> run() const {
    const std::optional<Resource> known = parts.catalog.find(Kind::user, user);
    const Answer<bool> right = is_password(parts, known ? user : "", password);
    if (!right) return tl::unexpected<Refusal>(right.error());
    if (!*right || !known || flag_at(known->spec, "disabled")) {
      record("refused");
      return refuse(401, "The user or the password is wrong", "try again");
    }
    if (new_password.empty() && flag_at(known->notes, "must_change_password")) {
      return refuse(403, "The password was set by somebody else",
                    "log in with new_password as well, which becomes yours", "new_password");
    }
    if (new_password == password)
      return refuse(400, "The new password is the old one", "choose another", "new_password");
    if (!new_password.empty()) {
      if (auto done = change_password(parts, *known, new_password, actor, true); !done) {
        return tl::unexpected<Refusal>(done.error());
      }
    }
    record("done");
    return Session{user, known->uid, ""};
  }
  void record(std::string_view result) const {
    const auto held = parts.ledger.hold();
    parts.ledger.record(actor, {"user", quotable(user)}, result == "done" ? "logged in" : result);
  }
};

Answer<HttpAnswer> begin_session(const ApiParts& parts, const Session& wanted) {
  const std::string cookie = parts.sessions.begin(wanted);
  const std::optional<Session> session = parts.sessions.find(cookie);
  const std::optional<Resource> user = parts.catalog.find(Kind::user, wanted.user);
  if (!session || !user) return refuse(401, "The user was deleted meanwhile", "log in as another");
  Caller caller;
  caller.actor.who = session->user;
  caller.actor.role = role_of(text_at(user->spec, "role"));
  caller.how = "session";
  caller.csrf_token = session->csrf_token;
  HttpAnswer answer = json_answer(200, to_line(session_json(caller)));
  answer.response.headers.emplace_back("set-cookie", fmt::format("{}={}{}", kSessionCookie, cookie, kNewSession));
  return answer;
}

}  // namespace

Answer<HttpAnswer> create_token(const ApiParts& parts, ApiCall& call) {
  const std::string secret = random_hex(kTokenBytes);
  Wish wish;
  wish.kind = Kind::token;
  wish.name = text_at(call.body, "name");
  wish.spec = member(call.body, "spec");
  wish.is_dry_run = call.flag("dry_run");
  wish.actor = call.caller.actor;
  const uint64_t life_ms = number_at(wish.spec, "lifetime_s") * 1000;
  wish.notes = {{"hash", sha256_hex(secret)}, {"expires_at_ms", parts.wall_clock.now_ms() + life_ms}};
  Answer<Granted> granted = refuse(500, "Nothing was done", "report it");
  if (parts.catalog.find(Kind::token, wish.name)) {
    return refuse(409, fmt::format("Token '{}' is there already, and its secret is not shown again", wish.name),
                  "delete it first, or choose another name", "name");
  }
  if (auto ran = run_on(call.exchange, BlockingPool::store, [&] { granted = parts.registry.carry_out(wish); }); !ran) {
    return tl::unexpected<Refusal>(ran.error());
  }
  if (!granted) return tl::unexpected<Refusal>(granted.error());
  const Json token = document_of(granted->resource);
  HttpAnswer answer = json_answer(201, to_line({{"token", token}, {"secret", token_text(wish.name, secret)}}));
  answer.response.headers.emplace_back("etag", etag_of(granted->resource));
  return answer;
}

Answer<HttpAnswer> set_password(const ApiParts& parts, ApiCall& call) {
  const bool is_own = call.caller.how == "session" && call.caller.user == call.name();
  if (!is_own && call.caller.actor.role != Role::administrator) {
    return refuse(403, "Another user's password is set by administrators only", "set your own", "name");
  }
  const std::optional<Resource> user = parts.catalog.find(Kind::user, call.name());
  if (!user)
    return refuse(404, fmt::format("There is no user '{}'", call.name()), "GET /api/v1/users lists them", "name");
  const std::string current = text_at(call.body, "current_password");
  Answer<void> done;
  const auto work = [&] {
    if (is_own) {
      const Answer<bool> right = is_password(parts, call.name(), current);
      if (!right || !*right) {
        done = refuse(403, "Field 'current_password' is missing or wrong", "give your present password",
                      "current_password");
        return;
      }
    }
    done = change_password(parts, *user, text_at(call.body, "password"), call.caller.actor, is_own);
  };
  if (is_own) {
    const uint64_t wait_s = parts.gate.try_now(call.name(), address_of(call.exchange.request().peer));
    if (wait_s > 0) return refuse(429, "The password was wrong too often", fmt::format("try again in {} s", wait_s));
  }
  if (auto ran = run_on(call.exchange, BlockingPool::passwords, work); !ran)
    return tl::unexpected<Refusal>(ran.error());
  if (!done) return tl::unexpected<Refusal>(done.error());
  if (is_own) parts.gate.succeeded(call.name(), address_of(call.exchange.request().peer));
  return HttpAnswer{{204, "", {}, ""}, nullptr};
}

Answer<HttpAnswer> log_in(const ApiParts& parts, ApiCall& call) {
  LogInTry attempt{parts, call.caller.actor, text_at(call.body, "user"), text_at(call.body, "password"),
                   text_at(call.body, "new_password")};
  attempt.actor.who = quotable(attempt.user);
  attempt.actor.role = Role::none;
  const std::string address = address_of(call.exchange.request().peer);
  if (const uint64_t wait_s = parts.gate.try_now(attempt.user, address); wait_s > 0) {
    HttpAnswer answer{
        response_of(refuse(429, "The password was wrong too often", fmt::format("try again in {} s", wait_s)).value()),
        nullptr};
    answer.response.headers.emplace_back("retry-after", std::to_string(wait_s));
    return answer;
  }
  Answer<Session> session = refuse(500, "Nothing was done", "report it");
  if (auto ran = run_on(call.exchange, BlockingPool::passwords, [&] { session = attempt.run(); }); !ran) {
    return tl::unexpected<Refusal>(ran.error());
  }
  const bool is_right = session || session.error().status != 401;
  if (is_right) parts.gate.succeeded(attempt.user, address);
  if (!session) return tl::unexpected<Refusal>(session.error());
  return begin_session(parts, *session);
}

Answer<HttpAnswer> get_session(const ApiParts&, ApiCall& call) {
  return json_answer(200, to_line(session_json(call.caller)));
}

Answer<HttpAnswer> log_out(const ApiParts& parts, ApiCall& call) {
  parts.sessions.end(call.caller.cookie);
  HttpAnswer answer{{204, "", {}, ""}, nullptr};
  answer.response.headers.emplace_back("set-cookie", fmt::format("{}={}", kSessionCookie, kNoSession));
  return answer;
}

}  // namespace laneway
