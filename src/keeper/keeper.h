#pragma once
// Keeper starts the engine, holds its items, gives them to the next engine and starts that when one has ended. One
// thread, one loop of poll(): it blocks nowhere else. Owned by main.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/watchdog.h"
#include "keeper/broker_desk.h"
#include "keeper/descriptor_store.h"
#include "keeper/engine_session.h"
#include "keeper/item_store.h"
#include "keeper/keeper_socket.h"
#include "keeper/options.h"
#include "keeper/restart_policy.h"
#include "keeper/upgrade.h"

namespace laneway {

class Keeper {
 public:
  // Listens. SIGTERM, SIGINT and SIGCHLD are blocked from here on. `clock` outlives the keeper.
  static Result<std::unique_ptr<Keeper>> open(const KeeperOptions& options, Clock& clock);
  ~Keeper();

  // Until a signal ends it, or the engine cannot start at all; the exit code.
  int run();

 private:
  Keeper(const KeeperOptions& options, Clock& clock);

  int turn_timeout_ms() const;
  void wait(int timeout_ms);
  void take_signals();
  void accept_connections();
  void admit(UniqueFd connection, pid_t pid);
  void fire_timers();
  void stop();
  void tell_manager(std::string message);
  void say_farewell();

  void start_engine();
  std::vector<std::string> engine_arguments() const;
  // What the engine says; false once its connection is of no use.
  bool take_packets(EngineSession& session, uint32_t most);
  Result<void> take(Packet& packet);
  void greet(EngineSession& session, const Packet& hello);
  void note_program(EngineSession& session);
  void welcome(EngineSession& session, uint64_t flags);
  void continue_with(EngineSession& session, const Packet& hello);
  void engine_served(EngineSession& session);
  void look_after(EngineSession& session);
  void engine_ended();
  void end_in_order(pid_t pid);
  void forget_engine();
  void end_others();
  bool is_start_hopeless(int exit_code) const;

  // Upgrades (keeper_upgrade.cc)
  void begin_upgrade(const Packet& request);
  void look_after_successor();
  Result<void> take_of_successor(Packet& packet);
  void refuse_upgrade(const Error& error);
  void give_up_upgrade();
  void successor_ready();
  void promote_successor();
  void end_probation(bool has_served);
  void refuse(const std::vector<BrokerDesk::Refusal>& refusals);
  void answer(uint64_t question, const Result<Answer>& answer);

  // Fixed after construction
  const KeeperOptions options_;
  const std::string lock_path_;
  Clock& clock_;
  KeeperListener listener_;
  UniqueFd signals_;

  std::unique_ptr<ServiceManager> manager_;  // null: there is none
  std::unique_ptr<DescriptorStore> mirror_;  // with the manager
  Watchdog watchdog_;
  ItemStore store_;
  RestartPolicy policy_;
  BrokerDesk broker_;
  EngineProgram program_;  // that the next engine is
  std::unique_ptr<EngineSession> engine_;
  std::unique_ptr<Upgrade> upgrade_;       // under way
  std::optional<EngineProgram> fallback_;  // where the engine came by an upgrade and has yet to prove itself
  uint64_t proved_at_ns_ = 0;              // by then
  std::vector<std::unique_ptr<EngineSession>> ending_;  // successors that were given up
  uint64_t start_at_ns_ = 0;                            // where there is no engine
  uint64_t idle_since_ns_ = 0;                          // nothing is served since then; 0: nothing ever was
  bool has_ever_served_ = false;
  bool is_stopping_ = false;
  bool is_over_ = false;
  int exit_code_ = 0;
};

}  // namespace laneway
