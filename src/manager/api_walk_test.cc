// Walks the API's document: every operation has a handler, every answer that is documented is reached and fits its
// schema, every role is held to.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

const HttpHeaders kStale = {{"if-match", "\"999999\""}};

// A resource's operations in an order that reaches each of their answers.
struct Journey {
  std::string plural;
  std::string name;
  Json spec;
  Json patch;  // of the spec
};

class WalkTest : public ::testing::Test {
 protected:
  ~WalkTest() override { EXPECT_EQ(stage_.last_mismatch, ""); }

  void walk(const Journey& journey) {
    const std::string all = "/api/v1/" + journey.plural;
    const std::string one = all + "/" + journey.name;
    const Json made = {{"name", journey.name}, {"spec", journey.spec}};
    const Json put = {{"spec", journey.spec}};
    const Json wrong = {{"spec", {{"no_such", 1}}}};
    (void)stage_.ask("GET", one);
    (void)stage_.ask("PATCH", one, {{"spec", journey.patch}}, kAnyway);
    (void)stage_.ask("POST", all + "?dry_run=true", made);
    (void)stage_.ask("POST", all, made);
    (void)stage_.ask("POST", all, made);
    (void)stage_.ask("DELETE", one + "?wait=5");
    (void)stage_.ask("POST", all + "?wait=5", made);
    (void)stage_.ask("DELETE", one);
    stage_.settle();
    (void)stage_.ask("PUT", one, put);
    stage_.settle();
    (void)stage_.ask("DELETE", one + "?wait=5");
    (void)stage_.ask("PUT", one + "?wait=5", put);
    (void)stage_.ask("PUT", one, put);
    (void)stage_.ask("PUT", one, put, kStale);
    (void)stage_.ask("PUT", one, wrong);
    (void)stage_.ask("POST", all, {{"name", journey.name}, {"spec", {{"no_such", 1}}}});
    (void)stage_.ask("PATCH", one, {{"spec", journey.patch}});
    (void)stage_.ask("PATCH", one, {{"spec", journey.patch}}, kStale);
    (void)stage_.ask("PATCH", one, {{"spec", {{"no_such", 1}}}}, kAnyway);
    (void)stage_.ask("PATCH", one, {{"spec", journey.patch}}, kAnyway);
    (void)stage_.ask("POST", all, made);
    (void)stage_.ask("PATCH", one + "?wait=5", {{"spec", journey.patch}}, kAnyway);
    (void)stage_.ask("PUT", one + "?wait=5", put);
    (void)stage_.ask("DELETE", one, Json(), kStale);
    (void)stage_.ask("GET", one);
    (void)stage_.ask("GET", all);
    (void)stage_.ask("GET", all + "?limit=0");
  }
  void in_use() {
    // What is used by something else is neither deleted nor changed.
    (void)stage_.ask("DELETE", "/api/v1/targets/t");
    (void)stage_.ask("DELETE", "/api/v1/volumes/l");
    (void)stage_.ask("DELETE", "/api/v1/policies/p");
    (void)stage_.ask("PUT", "/api/v1/targets/t", {{"spec", target_spec("iqn.2026-11.io.example:b")}});
    (void)stage_.ask("PATCH", "/api/v1/targets/t", {{"spec", {{"sessions_max", 7}}}}, kAnyway);
    (void)stage_.ask("PUT", "/api/v1/volumes/l", {{"spec", memory_volume()}});
    (void)stage_.ask("PATCH", "/api/v1/volumes/l", {{"spec", lun_volume("none")}}, kAnyway);
    (void)stage_.ask("PUT", "/api/v1/functions/f", {{"spec", {{"volume", "none"}}}});
    (void)stage_.ask("PATCH", "/api/v1/functions/f", {{"spec", {{"volume", "none"}}}}, kAnyway);
    (void)stage_.ask("PATCH", "/api/v1/policies/p", {{"spec", {{"mode", "each"}}}}, kAnyway);
    (void)stage_.ask("PUT", "/api/v1/policies/p", {{"spec", {{"mode", "each"}, {"limits", Json::object()}}}});
    stage_.engine.set_member("functions", "f", "attached", true);
    (void)stage_.ask("DELETE", "/api/v1/functions/f?wait=5");
  }
  void walk_paths(const std::string& function) {
    for (const std::string change : {"/fail", "/retry"}) {
      for (const std::string path : {"0", "7", "-1"}) (void)stage_.ask("POST", function + "/paths/" + path + change);
    }
  }
  void engine() {
    (void)stage_.ask("POST", "/api/v1/targets/t/scan");
    (void)stage_.ask("POST", "/api/v1/targets/none/scan");
    (void)stage_.ask("POST", "/api/v1/discoveries", {{"portal", "127.0.0.1"}});
    (void)stage_.ask("POST", "/api/v1/discoveries", {{"port", "127.0.0.1"}});
    for (const std::string path : {"/api/v1/functions/f", "/api/v1/functions/none"}) ask_about(path);
    const Error down{ErrorCode::unreachable, "Nobody answers; start it."};
    const Error refused{ErrorCode::refused, "It said no; ask it why."};
    const Error gone{ErrorCode::not_found, "There is none; make one."};
    (void)stage_.ask("POST", "/api/v1/functions/f/move", {{"queue", 1}});
    (void)stage_.ask("POST", "/api/v1/engine/upgrade", {{"path", "relative"}});
    (void)stage_.ask("POST", "/api/v1/engine/reactors", {{"cpu", -1}});
    ask_engine();
    for (const Error& error : {down, refused, gone}) {
      for (const char* method : {"target.show", "target.discover", "vf.stats", "vf.release", "vf.explain", "vf.resize",
                                 "vf.move", "path.list", "path.fail", "path.retry", "engine.status", "engine.upgrade",
                                 "reactor.list", "reactor.add", "reactor.remove"})
        stage_.engine.refuse(method, error);
      (void)stage_.ask("POST", "/api/v1/targets/t/scan");
      (void)stage_.ask("POST", "/api/v1/discoveries", {{"portal", "127.0.0.1"}});
      ask_about("/api/v1/functions/f");
      ask_engine();
    }
    stage_.engine.refuse("engine.status", std::nullopt);
  }
  void ask_about(const std::string& function) {
    for (const char* what : {"/stats", "/explain", "/paths"}) (void)stage_.ask("GET", function + what);
    for (const char* what : {"/release", "/measure"}) (void)stage_.ask("POST", function + what);
    walk_paths(function);
    (void)stage_.ask("POST", function + "/move", {{"reactor", 0}});
  }
  void ask_engine() {
    for (const char* what : {"/stats", "/function-stats", "/engine", "/engine/reactors"})
      (void)stage_.get(std::string("/api/v1") + what);
    (void)stage_.ask("POST", "/api/v1/engine/upgrade", {{"path", "/usr/bin/laneway-engine"}});
    (void)stage_.ask("POST", "/api/v1/engine/reactors", Json::object());
    (void)stage_.ask("DELETE", "/api/v1/engine/reactors/1");
  }
  void journal() {
    const Json tasks = member(stage_.get("/api/v1/tasks?limit=1").body, "items");
    const std::string ended = "/api/v1/tasks/" + text_at(tasks[0], "id");
    (void)stage_.get(ended);
    (void)stage_.ask("POST", ended + "/cancel");
    (void)stage_.get("/api/v1/tasks/0-0");
    (void)stage_.ask("POST", "/api/v1/tasks/0-0/cancel");
    const auto open = stage_.ask("PUT", "/api/v1/policies/q", {{"spec", {{"limits", {{"iops_max", 5}}}}}});
    (void)stage_.ask("POST", open.header("location") + "/cancel");
    for (const char* list : {"tasks", "events", "audit", "hosts", "adapters", "machines"}) {
      (void)stage_.get(std::string("/api/v1/") + list);
      (void)stage_.get(std::string("/api/v1/") + list + "?limit=0");
    }
    for (const char* none : {"hosts", "adapters", "machines"})
      (void)stage_.get(std::string("/api/v1/") + none + "/no-such");
    stage_.hypervisor.put(running_machine("vm 1"));
    stage_.plane().machines().turn();
    stage_.plane().housekeeper().turn();
    for (const char* list : {"hosts", "adapters", "machines"}) {
      const Json items = member(stage_.get(std::string("/api/v1/") + list).body, "items");
      if (!items.empty()) (void)stage_.get(std::string("/api/v1/") + list + "/" + text_at(items[0], "name"));
    }
    (void)stage_.get("/api/v1/openapi.json");
    (void)stage_.send({"GET", "/metrics", {}, {}, ""});
    stage_.is_pool_full = true;
    (void)stage_.send({"GET", "/metrics", {}, {}, ""});
    stage_.is_pool_full = false;
    (void)stage_.send({"GET", "/api/v1/watch", {}, {}, ""});
  }
  // With a function on it, and one that is free.
  void machines() {
    (void)stage_.ask("PUT", "/api/v1/volumes/m1", {{"spec", memory_volume()}});
    (void)stage_.ask("PUT", "/api/v1/functions/f1", {{"spec", {{"volume", "m1"}}}});
    stage_.settle();
    stage_.engine.set_member("functions", "f1", "attached", true);
    stage_.engine.set_member("functions", "f1", "driver_active", true);
    stage_.hypervisor.put(running_machine("vm"));
    stage_.hypervisor.put(running_machine("taken"));
    stage_.plane().machines().turn();
    const std::string disk = "/functions/f1";
    for (const char* method : {"vf.show", "vf.stats"}) stage_.engine.refuse(method, std::nullopt);
    for (const std::string path : {"/api/v1/machines/vm", "/api/v1/machines/none", "/api/v1/machines/taken"}) {
      const Json off = {{"action", "force_off"}};
      for (const char* wait : {"", "?wait=5"}) {
        (void)stage_.ask("POST", path + "/power" + wait, off);
        (void)stage_.ask("PUT", path + disk + wait);
        (void)stage_.ask("DELETE", path + disk + wait);
        stage_.plane().machine_jobs().run_waiting();
      }
      (void)stage_.ask("POST", path + "/power", {{"action", "explode"}});
      (void)stage_.ask("POST", path + "/power?wait=5", {{"action", "reboot"}});
      const Json change = {{"spec", {{"memory_bytes", 1 << 30}, {"cpus", 3}, {"autostart", true}}}};
      (void)stage_.ask("PATCH", path, change, kAnyway);
      (void)stage_.ask("PATCH", path, change);
      (void)stage_.ask("PATCH", path, change, kStale);
      (void)stage_.ask("PATCH", path, {{"spec", {{"cpus", 0}}}}, kAnyway);
      (void)stage_.ask("PUT", path + disk + "?wait=5");
      (void)stage_.ask("PUT", "/api/v1/machines/taken" + disk);
    }
    screens();
    making();
    images();
    stage_.hypervisor.fail_with(Error{ErrorCode::in_use, "It is busy; try again."});
    (void)stage_.ask("DELETE", "/api/v1/machines/vm" + disk + "?wait=5");
    stage_.hypervisor.fail_with(std::nullopt);
    stage_.plane().machines().turn();
    stage_.hypervisor.fail_with(Error{ErrorCode::in_use, "It is busy; try again."});
    (void)stage_.ask("PATCH", "/api/v1/machines/vm", {{"spec", {{"cpus", 4}}}}, kAnyway);
    stage_.plane().machines().turn();
    (void)stage_.ask("PUT", "/api/v1/machines/vm" + disk);
    (void)stage_.ask("DELETE", "/api/v1/machines/vm" + disk);
    (void)stage_.ask("DELETE", "/api/v1/machines/vm");
    for (const char* what : {"/serial", "/screen"}) (void)stage_.get(std::string("/api/v1/machines/vm") + what);
    (void)stage_.ask("POST", "/api/v1/machines/vm/power", {{"action", "start"}});
    (void)stage_.ask("PATCH", "/api/v1/machines/vm", {{"spec", {{"cpus", 4}}}}, kAnyway);
    stage_.hypervisor.fail_with(std::nullopt);
  }
  void making() {
    const std::string all = "/api/v1/machines";
    const Json made = {{"name", "new"}, {"spec", {{"memory_bytes", 1 << 28}}}};
    (void)stage_.ask("POST", all, made);
    stage_.plane().machine_jobs().run_waiting();
    (void)stage_.ask("POST", all, made);
    (void)stage_.ask("DELETE", all + "/new");
    stage_.plane().machine_jobs().run_waiting();
    (void)stage_.ask("POST", all + "?wait=5", made);
    (void)stage_.ask("POST", all, {{"name", "new"}});
    (void)stage_.ask("POST", all + "/new/power?wait=5", {{"action", "start"}});
    (void)stage_.ask("DELETE", all + "/new?wait=5");
    (void)stage_.ask("DELETE", all + "/new?wait=5&force=true");
  }
  void images() {
    (void)stage_.ask("GET", "/api/v1/images");
    std::filesystem::create_directories(stage_.dir.at("images"));
    std::ofstream(stage_.dir.at("images/a.raw")) << std::string(4096, 'a');
    (void)stage_.ask("GET", "/api/v1/images");
    const Json file = {{"kind", "file"}, {"path", stage_.dir.at("volume.raw")}};
    (void)stage_.ask("PUT", "/api/v1/volumes/i", {{"spec", file}});
    const Json import = {{"image", "a.raw"}};
    (void)stage_.ask("POST", "/api/v1/volumes/i/import?wait=20", import);
    (void)stage_.ask("POST", "/api/v1/volumes/i/import", import);
    stage_.plane().machine_jobs().run_waiting();
    (void)stage_.ask("POST", "/api/v1/volumes/i/import", {{"image", "../a.raw"}});
    (void)stage_.ask("POST", "/api/v1/volumes/none/import", import);
    (void)stage_.ask("POST", "/api/v1/volumes/m1/import", import);
  }
  void screens() {
    const HttpHeaders upgrade = {{"connection", "upgrade"},
                                 {"upgrade", "websocket"},
                                 {"sec-websocket-version", "13"},
                                 {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    HttpHeaders bad_key = upgrade;
    bad_key.back().second = "short";
    HttpHeaders strange_page = upgrade;
    strange_page.emplace_back("origin", "https://evil.example");
    stage_.hypervisor.put(running_machine("on"));
    stage_.hypervisor.put(running_machine("blind"));
    stage_.plane().machines().turn();
    for (const std::string what : {"/serial", "/screen"}) {
      for (const HttpHeaders& headers : {upgrade, bad_key, strange_page, HttpHeaders()}) {
        (void)stage_.ask("GET", "/api/v1/machines/on" + what, Json(), headers);
        (void)stage_.ask("GET", "/api/v1/machines/on" + what, Json(), headers);
      }
      (void)stage_.ask("GET", "/api/v1/machines/none" + what, Json(), upgrade);
    }
    (void)stage_.ask("POST", "/api/v1/machines/on/power?wait=5", {{"action", "force_off"}});
    (void)stage_.ask("GET", "/api/v1/machines/on/screen", Json(), upgrade);
  }
  void accounts() {
    const Json token = {{"name", "ci"}, {"spec", {{"role", "viewer"}}}};
    (void)stage_.ask("POST", "/api/v1/tokens", token);
    (void)stage_.ask("POST", "/api/v1/tokens", token);
    (void)stage_.ask("POST", "/api/v1/tokens", {{"name", "ci"}});
    (void)stage_.get("/api/v1/tokens?limit=0");
    (void)stage_.get("/api/v1/tokens");
    (void)stage_.get("/api/v1/tokens/ci");
    (void)stage_.get("/api/v1/tokens/none");
    (void)stage_.ask("DELETE", "/api/v1/tokens/ci", Json(), kStale);
    (void)stage_.ask("DELETE", "/api/v1/tokens/ci");
    const std::string password = "/api/v1/users/anna/password";
    (void)stage_.ask("PUT", password, {{"password", "short"}});
    (void)stage_.ask("PUT", "/api/v1/users/none/password", {{"password", "long-enough-for-all"}});
    (void)stage_.ask("PUT", password, {{"password", "long-enough-for-all"}});
    const auto log_in = [&](const Json& body) { return stage_.ask("POST", "/api/v1/session", body); };
    (void)log_in({{"user", "anna"}});
    (void)log_in({{"user", "anna"}, {"password", "long-enough-for-all"}});
    const auto session =
        log_in({{"user", "anna"}, {"password", "long-enough-for-all"}, {"new_password", "another-long-one"}});
    for (int i = 0; i < 7; ++i) (void)log_in({{"user", "anna"}, {"password", "wrong"}});
    (void)stage_.get("/api/v1/session");
    const std::string cookie = session.header("set-cookie");
    stage_.credentials = {{"cookie", cookie.substr(0, cookie.find(';'))},
                          {"x-csrf-token", text_at(session.body, "csrf_token")}};
    stage_.clock.now += 3600 * kSecond / 4;
    (void)stage_.ask("PUT", password, {{"password", "a-third-long-one"}});
    (void)stage_.ask("DELETE", "/api/v1/session");
    (void)stage_.get("/api/v1/session");
  }

  ApiStage stage_;
};

TEST_F(WalkTest, EveryOperationHasAHandler) {
  for (const ApiOperation& operation : stage_.plane().document().operations()) {
    EXPECT_NE(find_handler(operation.id), nullptr) << operation.id;
  }
  EXPECT_GE(stage_.plane().document().operations().size(), 50u);
}

TEST_F(WalkTest, EveryDocumentedAnswerIsReachedAndFits) {
  walk({"targets", "t", target_spec(), {{"sessions_max", 9}}});
  walk({"volumes", "m", memory_volume(), {{"size_bytes", 8192}}});
  (void)stage_.ask("PUT", "/api/v1/volumes/l", {{"spec", lun_volume("t")}});
  const Json limits = {{"iops_max", 100}};
  walk({"policies", "p", {{"limits", limits}}, {{"limits", {{"iops_max", 200}}}}});
  walk({"functions", "f", {{"volume", "l"}, {"policy", "p"}}, {{"limits", limits}}});
  walk({"users", "anna", {{"role", "viewer"}}, {{"role", "operator"}}});
  in_use();
  engine();
  machines();
  journal();
  accounts();
  for (const ApiOperation& operation : stage_.plane().document().operations()) {
    for (const auto& [status, response] : operation.responses->items()) {
      const bool is_reached = status == "default" || stage_.seen.contains(operation.id + " " + status);
      EXPECT_TRUE(is_reached) << operation.id << " " << status;
    }
  }
}

// What each role may do follows from the document; a caller with less is refused before anything else is looked at.
TEST_F(WalkTest, EveryOperationHoldsToItsRole) {
  for (const Role role : {Role::none, Role::viewer, Role::operator_, Role::administrator}) {
    if (role != Role::none) {
      stage_.credentials.clear();
      stage_.peer.uid = 0;
      const std::string name(role_name(role));
      const auto made = stage_.ask("POST", "/api/v1/tokens", {{"name", name}, {"spec", {{"role", name}}}});
      stage_.credentials = {{"authorization", "Bearer " + text_at(made.body, "secret")}};
    }
    stage_.peer.is_local = false;
    stage_.peer.address = "192.0.2.1:4711";
    for (const ApiOperation& operation : stage_.plane().document().operations()) {
      std::string path;
      for (const std::string& segment : operation.segments) path += "/" + (segment.starts_with('{') ? "x" : segment);
      const unsigned status = stage_.send({operation.verb, path, {}, {}, ""}).response.status;
      const bool is_refused = status == 401 || status == 403;
      EXPECT_EQ(is_refused, role < operation.role) << operation.id << " as " << role_name(role) << ": " << status;
    }
    stage_.peer = HttpPeer();
    stage_.peer.is_local = true;
  }
}

}  // namespace
}  // namespace laneway
