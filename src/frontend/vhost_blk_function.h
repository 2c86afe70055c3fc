#pragma once
// VhostBlkFunction is one virtual function: a virtio-blk device that serves one front-end at a time (QEMU, user-mode
// Linux, libblkio, ...) on a listening socket, on one reactor, with one BlockDevice behind it. A front-end may
// disconnect and the next one connect at any time. The engine owns it. Control threads open, close and ask; the work is
// done on the home reactor.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "base/units.h"
#include "block/block.h"
#include "frontend/function_place.h"
#include "frontend/function_stats.h"
#include "frontend/stats_book.h"
#include "frontend/vhost_blk_options.h"
#include "reactor/mailbox.h"
#include "vhost_user/record.h"

namespace laneway {

class VhostBlkService;  // the part that lives on the reactor

// What is connected, for `vf show`.
struct VhostBlkConnection {
  struct Ring {
    uint32_t index = 0;
    uint32_t size = 0;
    bool is_enabled = false;
    bool is_running = false;
    uint32_t in_flight = 0;
  };
  bool is_attached = false;       // a front-end is connected
  bool is_driver_active = false;  // and a guest driver has at least one ring running
  bool is_broken = false;         // the guest broke a rule of its rings; its device waits for a reset
  std::string broken_reason;
  int32_t peer_pid = 0;            // of the front-end's process, 0 where unknown
  uint64_t features = 0;           // acknowledged by the guest
  uint64_t protocol_features = 0;  // acknowledged by the front-end
  uint8_t device_status = 0;
  bool is_writeback = false;       // cache mode in force
  bool has_peer_inflight = false;  // the front-end keeps the in-flight region (else the engine does)
  uint32_t memory_regions = 0;
  uint64_t memory_bytes = 0;
  std::vector<Ring> rings;  // those that the front-end set up
};

class VhostBlkFunction {
 public:
  // Told on the home reactor when a close has ended; the function may be destroyed (by a control thread) from then on.
  class CloseListener {
   public:
    virtual void closed(VhostBlkFunction& function) = 0;

   protected:
    ~CloseListener() = default;
  };

  // Creates the listening socket at `path`: refuses a path that is too long or that exists and is not a dead socket.
  // The socket is open to its owner and group only. Control thread.
  static Result<UniqueFd> listen_at(const std::string& path);

  // Control thread. Serves front-ends that connect to `listener` (any listening stream socket). `device`, and the
  // pools of `place` with their reactors, must outlive the function. Refuses options outside their limits.
  static Result<std::unique_ptr<VhostBlkFunction>> open(const VhostBlkOptions& options, UniqueFd listener,
                                                        BlockDevice& device, FunctionPlace place);
  // Continues an attached device of an earlier engine from its record: connection, memory, rings and unfinished
  // requests.
  static Result<std::unique_ptr<VhostBlkFunction>> restore(const VhostBlkOptions& options, UniqueFd listener,
                                                           BlockDevice& device, FunctionPlace place, KeptDevice kept);
  // For open() and restore().
  class Key {
    friend class VhostBlkFunction;
    Key() = default;
  };
  VhostBlkFunction(Key key, const VhostBlkOptions& options, UniqueFd listener, BlockDevice& device,
                   FunctionPlace place);
  // Only after a close has ended.
  ~VhostBlkFunction();
  VhostBlkFunction(const VhostBlkFunction&) = delete;
  VhostBlkFunction& operator=(const VhostBlkFunction&) = delete;

  // Begins the end: no new connections, the front-end is disconnected, what is under way is drained. What could not
  // finish stays in the front-end's in-flight region and is not reported to the guest as an error. Does not remove the
  // socket's path. Any thread, once.
  void begin_close(CloseListener& listener);
  // The same, and waits for the end. Control thread, never a reactor.
  void close();
  // Begins to leave the attached device to a successor: nothing is served any more, nobody is disconnected, and what is
  // under way gets that long to finish. await_hand_over() waits for the end of it, and is true where nothing of this
  // process touches the guest or its disk any more; otherwise a successor must not begin before this process has
  // ended. close() is still due. Control thread, once.
  void begin_hand_over(uint64_t patience_ns);
  bool await_hand_over();

  // Any thread.
  const VhostBlkOptions& options() const { return options_; }
  FunctionStatsSnapshot stats() const;
  StatsBook& book() { return stats_; }
  bool is_attached() const;

  // Control thread, never a reactor: waits for the home reactor.
  VhostBlkConnection connection();
  // Serves ring i on rings[i]'s reactor from now on, and waits until all have moved; false where that took longer than
  // `patience_ns`: the rest moves once its requests have ended. One call at a time.
  bool move_rings(const std::vector<RequestPool*>& rings, uint64_t patience_ns);
  // All state of the attached device; nothing attached gives not_found. Duplicates the descriptors.
  Result<DeviceRecord> record();

  // Home reactor only, for callers that run on it (tests, the simulator).
  VhostBlkService& service() { return *service_; }

 private:
  class Closing;
  struct Starting final : Letter {
    explicit Starting(VhostBlkFunction& to_start) : function(to_start) {}
    void deliver() override;
    VhostBlkFunction& function;
  };
  // Fixed after construction
  const VhostBlkOptions options_;
  Reactor& reactor_;
  StatsBook stats_;                     // any thread
  LogGate log_gate_{10, 10 * kSecond};  // home reactor only
  Starting starting_{*this};
  const std::unique_ptr<Closing> closing_;
  const std::unique_ptr<VhostBlkService> service_;  // its content: home reactor only
};

}  // namespace laneway
