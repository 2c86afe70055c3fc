#pragma once
// IscsiTestDisk is a LUN of a tgtd that the test started, with the target and a reactor for probes around it. One
// thread.

#include <memory>

#include "backend/iscsi_device.h"
#include "backend/testing/reactor_thread.h"
#include "backend/testing/tgtd.h"

namespace laneway {

class IscsiTestDisk final : public TestDisk {
 public:
  explicit IscsiTestDisk(const Tgtd::Options& options);
  IscsiTestDisk(const Tgtd::Options& options, IscsiTargetSettings settings);

  Result<std::unique_ptr<BlockDevice>> open(bool is_read_only) override;
  bool can_resize() const override { return false; }

  // The device with its facts, for tests that want more than BlockDevice.
  Result<std::unique_ptr<IscsiDevice>> open_device(bool is_read_only = false, bool has_predecessor = false);
  Tgtd& tgtd() { return tgtd_; }
  IscsiTarget& target() { return target_; }
  Reactor& prober() { return prober_.reactor(); }

  static IscsiTargetSettings quick_settings();  // short timeouts, for tests of recovery

 private:
  Tgtd tgtd_;
  IscsiTarget target_;
  ReactorThread prober_;
};

std::vector<TestDiskKind> iscsi_disk_kinds();

}  // namespace laneway
