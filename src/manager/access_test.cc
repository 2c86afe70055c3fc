// Who is let in: the socket's peers, tokens, passwords, sessions.
#include "manager/access.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/testing/message_parts.h"
#include "base/testing/temp_dir.h"
#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

constexpr const char* kPassword = "correct-horse-battery";

class AccessTest : public ::testing::Test {
 protected:
  ~AccessTest() override { EXPECT_EQ(stage_.last_mismatch, ""); }
  void from_network(const std::string& address = "192.0.2.1:4711") {
    stage_.peer = HttpPeer();
    stage_.peer.address = address;
  }
  // A user with a password of their own.
  void make_user(const std::string& name, const std::string& role) {
    const std::string path = "/api/v1/users/" + name;
    EXPECT_EQ(stage_.ask("PUT", path, {{"spec", {{"role", role}}}}).status, 201u);
    EXPECT_EQ(stage_.ask("PUT", path + "/password", {{"password", "set-by-somebody-else"}}).status, 204u);
    const auto changed = log_in(name, "set-by-somebody-else", kPassword);
    EXPECT_EQ(changed.status, 200u) << to_line(changed.body);
  }
  ApiStage::Got log_in(const std::string& name, const std::string& password, const std::string& new_password = "") {
    Json body = {{"user", name}, {"password", password}};
    if (!new_password.empty()) body["new_password"] = new_password;
    return stage_.ask("POST", "/api/v1/session", body);
  }
  void use(const ApiStage::Got& session) {
    const std::string cookie = session.header("set-cookie");
    stage_.credentials = {{"cookie", "other=1; " + cookie.substr(0, cookie.find(';'))}};
    csrf_ = {{"x-csrf-token", text_at(session.body, "csrf_token")}};
  }
  unsigned put_volume(const HttpHeaders& headers) {
    return stage_.ask("PUT", "/api/v1/volumes/m", {{"spec", memory_volume()}}, headers).status;
  }

  ApiStage stage_;
  HttpHeaders csrf_;
};

TEST_F(AccessTest, OnTheSocketRootAndTheGroupAreAdministrators) {
  EXPECT_EQ(text_at(stage_.get("/api/v1/session").body, "role"), "administrator");
  stage_.peer.uid = stage_.group.member;
  EXPECT_EQ(stage_.get("/api/v1/audit").status, 200u);
  stage_.peer.uid = 5555;
  const auto refused = stage_.get("/api/v1/volumes");
  EXPECT_EQ(refused.status, 403u);
  EXPECT_TRUE(has_parts(text_at(refused.body, "detail"), {"uid 5555", "group laneway"}));
}

TEST_F(AccessTest, ATokenIsShownOnceExpiresAndIsDeleted) {
  const auto made =
      stage_.ask("POST", "/api/v1/tokens", {{"name", "ci"}, {"spec", {{"role", "operator"}, {"lifetime_s", 60}}}});
  const std::string secret = text_at(made.body, "secret");
  EXPECT_EQ(to_line(stage_.get("/api/v1/tokens/ci").body).find(secret.substr(8)), std::string::npos);
  from_network();
  stage_.credentials = {{"authorization", "Bearer " + secret}};
  EXPECT_EQ(put_volume({}), 201u);  // no cookie, no CSRF
  stage_.credentials = {{"authorization", "Bearer " + secret + "0"}};
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 401u);
  stage_.credentials = {{"authorization", "Bearer " + secret}};
  stage_.wall_clock.now += 60'000;
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 401u);
  stage_.credentials.clear();
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 401u);
  stage_.peer.is_local = true;
  stage_.plane().housekeeper().turn();
  EXPECT_EQ(text_at(member(stage_.get("/api/v1/tokens/ci").body, "status"), "state"), "expired");
}

TEST_F(AccessTest, APasswordThatSomebodyElseSetIsChangedAtTheFirstLogIn) {
  (void)stage_.ask("PUT", "/api/v1/users/anna", {{"spec", {{"role", "viewer"}}}});
  (void)stage_.ask("PUT", "/api/v1/users/anna/password", {{"password", "set-by-somebody-else"}});
  const auto refused = log_in("anna", "set-by-somebody-else");
  EXPECT_EQ(refused.status, 403u);
  EXPECT_TRUE(has_parts(text_at(refused.body, "detail"), {"new_password"}));
  EXPECT_EQ(log_in("anna", "set-by-somebody-else", "set-by-somebody-else").status, 400u);
  EXPECT_EQ(log_in("anna", "set-by-somebody-else", kPassword).status, 200u);
  EXPECT_EQ(log_in("anna", "set-by-somebody-else").status, 401u);
  EXPECT_EQ(log_in("anna", kPassword).status, 200u);
}

TEST_F(AccessTest, ChangesOfASessionNeedItsCsrfToken) {
  make_user("otto", "operator");
  from_network();
  const auto session = log_in("otto", kPassword);
  const std::string cookie = session.header("set-cookie");
  for (const char* part : {"HttpOnly", "Secure", "SameSite=Strict"}) EXPECT_NE(cookie.find(part), std::string::npos);
  use(session);
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 200u);
  EXPECT_EQ(put_volume({}), 403u);
  EXPECT_EQ(put_volume({{"x-csrf-token", std::string(64, '0')}}), 403u);
  EXPECT_EQ(put_volume(csrf_), 201u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/session", Json(), csrf_).status, 204u);
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 401u);
}

TEST_F(AccessTest, SessionsEndWhenIdleWhenOldAndWithTheirUser) {
  make_user("otto", "operator");
  from_network();
  use(log_in("otto", kPassword));
  for (int i = 0; i < 26; ++i) {
    stage_.clock.now += Sessions::kIdleNs - kSecond;
    const unsigned wanted = (i + 1) * (Sessions::kIdleNs - kSecond) > Sessions::kLifeNs ? 401u : 200u;
    EXPECT_EQ(stage_.get("/api/v1/volumes").status, wanted) << i;
  }
  use(log_in("otto", kPassword));
  stage_.clock.now += Sessions::kIdleNs + 1;
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 401u);
  use(log_in("otto", kPassword));
  const HttpHeaders cookie = std::exchange(stage_.credentials, {});
  stage_.peer.is_local = true;
  EXPECT_EQ(stage_.ask("PATCH", "/api/v1/users/otto", {{"spec", {{"disabled", true}}}}, {{"if-match", "*"}}).status,
            200u);
  stage_.credentials = cookie;
  EXPECT_EQ(stage_.get("/api/v1/volumes").status, 401u);
  stage_.credentials.clear();
  EXPECT_EQ(log_in("otto", kPassword).status, 401u);
}

TEST_F(AccessTest, TriesAreLimitedForUsersThereAreAndUsersThereAreNot) {
  make_user("otto", "operator");
  for (const std::string user : {"otto", "nobody"}) {
    from_network(user == "otto" ? "192.0.2.1:1" : "192.0.2.2:1");
    for (uint32_t i = 0; i < LoginGate::kFreeTries; ++i) {
      const auto wrong = log_in(user, "wrong");
      EXPECT_EQ(wrong.status, 401u);
      EXPECT_EQ(text_at(wrong.body, "detail"), "The user or the password is wrong; try again.");
    }
    const auto limited = log_in(user, kPassword);
    EXPECT_EQ(limited.status, 429u);
    EXPECT_FALSE(limited.header("retry-after").empty());
  }
  // Another user from the same address, and the same user from another one.
  from_network("192.0.2.1:9");
  EXPECT_EQ(log_in("anna", "wrong").status, 429u);
  from_network("192.0.2.9:9");
  EXPECT_EQ(log_in("otto", kPassword).status, 429u);
  stage_.clock.now += LoginGate::kFirstPauseNs + kSecond;
  EXPECT_EQ(log_in("otto", kPassword).status, 200u);
}

TEST_F(AccessTest, APersonSetsTheirOwnPasswordOnly) {
  make_user("otto", "viewer");
  make_user("anna", "viewer");
  from_network();
  use(log_in("otto", kPassword));
  const auto set = [&](const std::string& name, const Json& body) {
    return stage_.ask("PUT", "/api/v1/users/" + name + "/password", body, csrf_).status;
  };
  EXPECT_EQ(set("anna", {{"password", "a-new-long-password"}}), 403u);
  EXPECT_EQ(set("otto", {{"password", "a-new-long-password"}}), 403u);
  EXPECT_EQ(set("otto", {{"password", "a-new-long-password"}, {"current_password", kPassword}}), 204u);
  EXPECT_EQ(stage_.get("/api/v1/session").status, 401u);  // all sessions ended
  stage_.credentials.clear();
  EXPECT_EQ(log_in("otto", "a-new-long-password").status, 200u);
}

TEST_F(AccessTest, TheFirstUserHasAOneTimePasswordInAFileOfItsOwn) {
  const TempDir dir;
  const std::string path = dir.at("first");
  ASSERT_TRUE(stage_.plane().make_first_user(path).has_value());
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  std::ifstream file(path);
  std::string password;
  std::getline(file, password);
  EXPECT_EQ(log_in("admin", password).status, 403u);
  EXPECT_EQ(log_in("admin", password, kPassword).status, 200u);
  ASSERT_TRUE(stage_.plane().make_first_user(dir.at("no/such/folder")).has_value());  // there are users
}

}  // namespace
}  // namespace laneway
