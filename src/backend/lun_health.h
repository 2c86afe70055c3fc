#pragma once
// LunHealth knows what is wrong with a function's LUN, as far as its target says: each condition begins and ends once,
// with a line in the log, however many requests meet it. What requests do in each is decided by the verdict and the
// queue (docs/luns.md). Owned by an IscsiLun. Any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "backend/guarded.h"
#include "base/log.h"
#include "base/units.h"
#include "block/disk_health.h"
#include "scsi/verdict.h"

namespace laneway {

// The gravest first.
enum class LunCondition : uint8_t {
  replaced,         // another disk answers under the number
  gone,             // the target shows no such LUN
  not_ready,        // it is there, and carries out nothing for now
  out_of_space,     // its thin pool is full
  write_protected,  // writes are refused
  reserved,         // another initiator holds a reservation
  space_low,        // its thin pool is nearly full
};
constexpr size_t kLunConditions = static_cast<size_t>(LunCondition::space_low) + 1;
std::string_view lun_condition_name(LunCondition condition);

class LunHealth {
 public:
  // `subject` begins the lines in the log: "function a: LUN 1 of target b".
  explicit LunHealth(std::string subject) : subject_(std::move(subject)) {}

  // A command failed with this verdict.
  void failed(const scsi::Verdict& verdict, uint64_t now_ns);
  // Something is the matter, so succeeded() wants to be told. Costs one load.
  bool is_marked() const { return is_marked_.load(std::memory_order_relaxed); }
  void succeeded(bool is_write, uint64_t now_ns);
  // A new session found the right disk, and it is ready.
  void joined(uint64_t now_ns);
  void raise(LunCondition condition, uint64_t now_ns);
  void clear(LunCondition condition, uint64_t now_ns);
  // Its size is another one now; no condition.
  void resized(uint64_t old_bytes, uint64_t new_bytes) const;

  DiskHealth report() const;

 private:
  struct Record {
    std::array<bool, kLunConditions> holds{};
    std::array<uint64_t, kLunConditions> times{};
    LogGate gate{8, 60 * kSecond};  // a target may flap at will
  };

  // Fixed after construction
  const std::string subject_;
  // Any thread
  std::atomic<bool> is_marked_{false};
  Guarded<Record> record_;
};

}  // namespace laneway
