#pragma once
// FunctionParts makes what a function consists of: the disk behind it and the front-end before it. The one seam between
// the table of functions and the concrete back-ends and front-ends; tests put fakes here. Control threads, any number
// at once.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "engine/disk_paths.h"
#include "engine/function_spec.h"
#include "frontend/device_vault.h"

namespace laneway {

// An open disk, and its paths where it has them, which hold the targets it is on.
struct OpenDisk {
  std::unique_ptr<DiskPaths> paths;
  std::unique_ptr<BlockDevice> device;
};

// A served disk. Its destruction ends the service and blocks until what was under way has ended; the socket's path
// stays.
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;
  virtual bool is_attached() const = 0;
  virtual FunctionStatsSnapshot stats() const = 0;
  // Of requests that are traced: how many samples there are, where their time went, and those that were slow.
  virtual uint64_t samples() const { return 0; }
  virtual void add_stages(StageHistograms& /*sum*/) const {}
  virtual std::vector<SlowRequest> slow_requests() const { return {}; }
  virtual void set_slow_ns(uint64_t /*slow_ns*/) {}
  virtual VhostBlkConnection connection() = 0;
  // The reactor of each queue.
  virtual std::vector<uint32_t> queue_reactors() const = 0;
  // Serves one queue, or all of them, on another reactor; a guest goes on meanwhile. One call at a time.
  virtual Result<void> move(std::optional<uint32_t> queue, uint32_t reactor) = 0;
  // Something of it is on that reactor.
  virtual bool is_on(uint32_t reactor) const = 0;
  // Nothing of it stays there: its queues go to the reactor with the least to do. As move().
  virtual Result<void> vacate(uint32_t reactor) = 0;
  // Begins to leave the attached device to a successor, and waits for the end of that: nobody is disconnected. Nothing
  // is served any more. False where something is still under way, which ends with the process only.
  virtual void begin_hand_over() = 0;
  virtual bool await_hand_over() = 0;
};

// What a front-end begins with.
struct FrontEndSeed {
  UniqueFd listener;
  DeviceVault* vault = nullptr;      // outlives the front-end; null: device records are kept nowhere
  std::optional<KeptDevice> device;  // that an earlier engine served
};

enum class DiskOpening : uint8_t {
  create,   // by an operator: the disk must be there and answer now
  restore,  // at start-up: an iSCSI disk is served as recorded, without a login
  inherit,  // the same, and nothing that an earlier engine began can still take effect on it
};

class FunctionParts {
 public:
  // A new disk is made where the spec says so (a file with a capacity). Fills in the spec's record of an iSCSI LUN.
  virtual Result<OpenDisk> open_disk(FunctionSpec& spec, DiskOpening opening) = 0;
  // Brings what the spec records of the disk up to date: the size of a memory disk, the facts of a LUN.
  virtual void note_changes(FunctionSpec& spec, BlockDevice& disk) = 0;
  // `disk` outlives the front-end.
  virtual Result<std::unique_ptr<FrontEnd>> open_front_end(const FunctionSpec& spec, BlockDevice& disk,
                                                           FrontEndSeed seed) = 0;

 protected:
  ~FunctionParts() = default;
};

}  // namespace laneway
