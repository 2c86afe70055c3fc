#pragma once
// IscsiPaths are the paths of a function on LUNs of remembered targets: its device, and the hold on each target that a
// path is on. Made with the device, outlives it. Control threads, one change at a time.

#include <map>
#include <memory>

#include "backend/iscsi_device.h"
#include "engine/disk_paths.h"
#include "engine/function_spec.h"
#include "engine/target_table.h"

namespace laneway {

class IscsiPaths final : public DiskPaths {
 public:
  // `prober` is the reactor that asks targets who a disk is.
  IscsiPaths(TargetTable& targets, Reactor& prober) : targets_(targets), prober_(prober) {}

  // The device over the paths of the spec. `must_answer`: each of them has to, and to be the same disk; fills in the
  // spec's record of the LUN. Otherwise nobody is asked. `has_predecessor`: an earlier engine may have left writes
  // under way.
  struct Opening {
    bool must_answer = true;
    bool has_predecessor = false;
  };
  Result<std::unique_ptr<IscsiDevice>> open(FunctionSpec& spec, const Opening& opening);

  Result<void> add(const PathSpec& path) override;
  Result<void> remove(uint32_t id) override;
  void set_out(uint32_t id, bool is_out) override;
  void retry(uint32_t id) override;
  void set_rules(const PathsSpec& spec) override;
  std::vector<IscsiSessionReport> sessions() const override { return device_->sessions(); }

 private:
  Result<LunFacts> ask(const PathSpec& path, IscsiTarget& target);
  Result<TargetUse> prove(const PathSpec& path, const std::string& identity);

  // Fixed after construction
  TargetTable& targets_;
  Reactor& prober_;

  // Control threads, one at a time
  std::map<uint32_t, TargetUse> uses_;  // by the path's number
  IscsiDevice* device_ = nullptr;       // the table's; once open
};

}  // namespace laneway
