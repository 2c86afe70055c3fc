#pragma once
// FakeTarget is an iSCSI target in memory for tests: a sans-I/O stepper with its own protocol code, scripted faults and
// the looseness of real targets (a write that an old session got accepted may land after the new login, unless it is
// fenced). Bytes come and go through TargetConnections, one a TCP connection: received(bytes, now) in pieces of any
// size, then send some of output() and say sent(n). on_time(now) is called at next_deadline_ns(); after it every
// connection's output() and is_finished() are looked at. Owned by a test, a server or the simulation. One thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/slot_pool.h"
#include "target/fault.h"
#include "target/scsi_disk.h"
#include "target/session.h"
#include "target/target_connection.h"
#include "target/target_options.h"

namespace laneway::fake {

struct TargetCounters {
  uint64_t connections = 0;
  uint64_t logins = 0;
  uint64_t reinstatements = 0;
  uint64_t logouts = 0;
  uint64_t commands = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t flushes = 0;
  uint64_t unmaps = 0;
  uint64_t write_sames = 0;
  uint64_t nops = 0;
  uint64_t fences = 0;        // task management requests
  uint64_t fenced_tasks = 0;  // killed by one
  uint64_t late_effects = 0;  // writes that landed after their session had ended
  uint64_t power_cuts = 0;
};

class FakeTarget {
 public:
  explicit FakeTarget(const TargetOptions& options);
  FakeTarget(const FakeTarget&) = delete;
  FakeTarget& operator=(const FakeTarget&) = delete;
  ~FakeTarget();

  // A new TCP connection. The connection must not outlive the target.
  std::unique_ptr<TargetConnection> connect(uint64_t now_ns, uint16_t port = 1);
  void on_time(uint64_t now_ns);
  uint64_t next_deadline_ns() const;

  const TargetOptions& options() const { return options_; }
  FaultScript& script() { return script_; }
  const TargetCounters& counters() const { return counters_; }
  // What the initiator did against the standard, in words; tests expect it empty.
  const std::vector<std::string>& violations() const { return violations_; }
  // Null where there is no such LUN.
  ScsiDisk* lun(uint64_t number);

  // Things that happen to a target. All at once, at the time of the last call that told one.
  void cut_power();         // connections, accepted writes and a part of the caches are lost
  void drop_connections();  // accepted writes go on
  // While silent, connections that exist or are made take bytes and never answer again, also after the end of the
  // silence.
  void set_silent(bool is_silent);
  bool is_silent() const { return is_silent_; }
  void set_command_window(uint32_t commands);                              // 0 closes it
  void resize_lun(uint64_t number, uint64_t capacity_bytes);               // with unit attention 2Ah/09h
  void replace_lun(uint64_t number, uint64_t naa_high, uint64_t naa_low);  // another disk answers, with 3Fh/0Eh
  void set_lun_missing(uint64_t number, bool is_missing);
  void raise_attention(uint64_t number, uint8_t asc, uint8_t ascq);                               // for every session
  void send_async(uint8_t event, uint16_t parameter1, uint16_t parameter2, uint16_t parameter3);  // to every session
  // The state (SPC-5 table 223) of a port, the group of which has its number; with 2Ah/06h for every session.
  void set_port_state(uint16_t port, uint8_t state);
  uint8_t port_state(uint16_t port) const;
  void ping();  // a NOP-In that asks for an answer, to every session
  // Commands accepted whose effect or answer is still to come, of ended sessions too.
  size_t running_tasks() const;

 private:
  friend class TargetConnection;
  friend class LoginMachine;

  // For connections and logins
  Session& open_session(const Session& wanted);
  void end_session(uint32_t number);
  Session* session(uint32_t number);
  void forget(TargetConnection& connection);
  void violate(const char* what) { violations_.emplace_back(what); }
  Task* take_task();
  void give_back(Task& task);
  void start(Task& task);
  void fence(const FenceRequest& request);

  void report_port_groups(Bytes& reply) const;
  void tell_port(const Task& task, Bytes& reply);
  TargetConnection* connection_of(uint32_t session_number);
  void step(Task& task);
  bool step_write(Task& task, const BlockMove& move);
  void execute(Task& task);
  void answer(Task& task);
  void schedule(Task& task, uint64_t due_ns);
  void kill(Task& task);
  bool is_fenced_by(const Task& task, const FenceRequest& request) const;
  void finish_fences();
  void tell_fence_end(const FenceRequest& request, uint8_t response);
  void pump_all();
  bool knows_port(const Session& session) const;
  void attention_told(const Session& session);
  void add_login_attentions(Session& session);

  // Fixed after construction
  const TargetOptions options_;

  Random random_;
  FaultScript script_;
  TargetCounters counters_;
  std::vector<std::string> violations_;
  std::vector<std::unique_ptr<ScsiDisk>> luns_;
  std::vector<uint64_t> missing_luns_;
  std::map<uint16_t, uint8_t> port_states_;
  std::vector<std::string> ports_since_boot_;  // initiator name and ISID, told of the last power cut
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<TargetConnection*> connections_;
  SlotPool<Task> tasks_;
  std::vector<Task*> timeline_;       // heap by due time
  std::vector<FenceRequest> fences_;  // waiting for tasks to end
  uint64_t now_ns_ = 0;
  uint64_t order_ = 0;
  uint32_t next_session_ = 1;
  uint32_t next_fence_ = 1;
  uint32_t command_window_;
  bool is_silent_ = false;
};

}  // namespace laneway::fake
