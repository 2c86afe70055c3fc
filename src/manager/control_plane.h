#pragma once
// ControlPlane is everything of lanewayd between the HTTP server and the engine's socket: what is wanted, who may
// change it, and what brings the engine there. Owned by the daemon, or by a test, which gives it a store and an engine.

#include <memory>
#include <string>

#include "manager/api.h"
#include "manager/engine_reconciler.h"
#include "manager/housekeeper.h"

namespace laneway {

class ControlPlane final : private WorkListener {
 public:
  struct Parts {
    Store& store;
    EnginePort& engine;
    LocalGroup& group;
    Clock& clock;
    WallClock& wall_clock;
    PasswordHash::Cost password_cost;
    HostRoots roots;
    Hypervisor* hypervisor = nullptr;  // null: none is looked at
    HostLimits host_limits = {};
    std::string machines_folder = {};
    std::string images_folder = {};
  };
  // Loads what the store has. All of `parts` outlives it.
  static Result<std::unique_ptr<ControlPlane>> open(const Parts& parts);
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  // Starts the threads that look after the engine and the house.
  void start();
  Result<void> make_first_user(const std::string& password_file);

  Api& api() { return api_; }
  NewsFeed& news() { return news_; }
  Catalog& catalog() { return catalog_; }
  EngineReconciler& reconciler() { return reconciler_; }
  Housekeeper& housekeeper() { return housekeeper_; }
  MachineWatch& machines() { return machines_; }
  MachineJobs& machine_jobs() { return machine_jobs_; }
  const ApiDocument& document() const { return document_; }
  const Schema& schema() const { return schema_; }
  Sessions& sessions() { return sessions_; }
  EventBook& events() { return events_; }
  TaskBook& tasks() { return tasks_; }

 private:
  explicit ControlPlane(const Parts& parts);
  void work_came() override { reconciler_.wake(); }

  // Each uses those above it.
  const Parts parts_;
  const ApiDocument document_;
  const Schema schema_;
  const PasswordHash passwords_;
  NewsFeed news_;
  Catalog catalog_;
  EventBook events_;
  TaskBook tasks_;
  AuditTrail audit_;
  Ledger ledger_;
  Registry registry_;
  Sessions sessions_;
  LoginGate gate_;
  Access access_;
  Api api_;
  EngineReconciler reconciler_;
  MachineWatch machines_;
  MachineJobs machine_jobs_;
  Housekeeper housekeeper_;
};

}  // namespace laneway
