#pragma once
// ApiStage is a control plane in one process for tests: a store in memory, an engine that is played, clocks that are
// set. Requests go straight to the API; a request that waits lets the reconciler take its turns. Every answer is
// checked against the API's document and remembered. One test.

#include <memory>
#include <set>
#include <string>

#include "base/testing/temp_dir.h"
#include "hypervisor/testing/fake_hypervisor.h"
#include "manager/control_plane.h"
#include "manager/testing/fake_engine.h"
#include "store/testing/memory_store.h"

namespace laneway {

// Of requests that change a resource whatever its revision is.
inline const HttpHeaders kAnyway = {{"if-match", "*"}};

class SetClock final : public Clock {
 public:
  uint64_t now_ns() override { return now; }
  uint64_t now = kSecond;
};

class SetWallClock final : public WallClock {
 public:
  uint64_t now_ms() override { return now; }
  uint64_t now = 1'700'000'000'000;
};

class SetGroup final : public LocalGroup {
 public:
  bool has(uid_t uid, gid_t) override { return uid == member; }
  uid_t member = 4242;
};

// How a request is sent: as root on the socket unless said otherwise.
struct Sent {
  std::string method;
  std::string path;  // with its query, which is split at '&' and '=' and not decoded
  Json body;         // null: none
  HttpHeaders headers;
  std::string raw_body;  // in place of `body`
};

class ApiStage {
 public:
  ApiStage();
  ~ApiStage();

  // As a new process that finds the store and the engine.
  void restart();
  HttpAnswer send(const Sent& sent);
  // With the response's JSON.
  struct Got {
    unsigned status = 0;
    Json body;
    HttpHeaders headers;
    std::string header(std::string_view name) const;
  };
  Got get(const std::string& path) { return ask("GET", path); }
  Got ask(const std::string& method, const std::string& path, const Json& body = Json(),
          const HttpHeaders& headers = {});
  // Turns until the engine is as wished.
  void settle();
  ControlPlane& plane() { return *plane_; }

  TempDir dir;  // with the host's own files that are read
  MemoryStore store;
  FakeEngine engine;
  FakeHypervisor hypervisor;  // looked at by plane().machines().turn()
  SetClock clock;
  SetWallClock wall_clock;
  SetGroup group;
  HttpPeer peer;            // of the next requests
  HttpHeaders credentials;  // of the next requests
  bool is_pool_full = false;
  bool pauses_turn = true;
  std::set<std::string> seen;  // "createTarget 201"
  std::string last_mismatch;   // of an answer with the document; empty: all fitted

 private:
  class Exchange;
  void check(const HttpRequest& request, const HttpAnswer& answer);
  void check_body(const ApiOperation& operation, const HttpResponse& response);

  std::unique_ptr<ControlPlane> plane_;
};

// Specs that are right.
Json target_spec(const std::string& iqn = "iqn.2026-11.io.example:a", const std::string& portal = "127.0.0.1");
Json lun_volume(const std::string& target, uint64_t lun = 1);
Json memory_volume(uint64_t size_bytes = 1 << 20);

}  // namespace laneway
