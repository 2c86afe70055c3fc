#pragma once
// Guest is a driver with one ring, attached to a function on the reactor by a device record, so that no message and no
// socket is needed. It keeps a fixed number of requests in flight. Owned by the budget program. One thread.

#include <memory>

#include "budget/script_kernel.h"
#include "frontend/vhost_blk_function.h"
#include "loadgen/driver_ring.h"

namespace laneway::budget {

class Guest final : private VhostBlkFunction::CloseListener {
 public:
  struct Options {
    uint16_t depth = 32;
    bool is_write = false;
    uint64_t disk_bytes = 16 * kMiB;
  };

  Guest(const Options& options, ScriptKernel& kernel, Reactor& reactor, BlockDevice& disk);

  // `depth` requests from the first ring entry to the last status byte. `turn` is called for every turn of the reactor.
  template <typename Turn>
  void run_batch(Turn turn) {
    submit_batch();
    while (ring_.in_flight() > 0) {
      turn();
      kernel_.let_peer_work();
      take_finished();
    }
  }
  // Ends the function, with turns.
  template <typename Turn>
  void leave(Turn turn) {
    VhostBlkFunction::CloseListener& listener = *this;
    function_->begin_close(listener);
    while (!is_closed_) {
      turn();
      kernel_.let_peer_work();
    }
  }
  uint64_t failed() const { return failed_; }

 private:
  void closed(VhostBlkFunction& /*function*/) override { is_closed_ = true; }
  DeviceRecord record();
  void submit_batch();
  void take_finished();

  // Fixed after construction
  const Options options_;
  ScriptKernel& kernel_;
  GuestArena arena_;
  DriverRing ring_;

  RequestPool pool_;
  std::unique_ptr<VhostBlkFunction> function_;
  uint64_t next_block_ = 0;
  uint64_t failed_ = 0;
  bool is_closed_ = false;
};

}  // namespace laneway::budget
