#pragma once
// IscsiDevice is a function's disk on a LUN of a target, or of several that are paths to one disk. It is made from the
// LUN's facts without asking the target, so that a function exists while its target is away. Made and destroyed by
// control threads; its targets outlive it.

#include <memory>

#include "backend/iscsi_lun.h"
#include "block/block.h"

namespace laneway {

struct IscsiDeviceOptions {
  std::string function;  // the session identifiers derive from it
  LunFacts facts;        // of probe_lun(), or remembered
  bool is_read_only = false;
  // An earlier engine may have left writes of this function under way: its first login fences them.
  bool has_predecessor = false;
  LunPathOptions first_path;  // its LUN is that of the facts
};

class IscsiDevice final : public BlockDevice {
 public:
  // `prober` is a reactor that resize() may ask the target from; never the caller's own.
  IscsiDevice(IscsiTarget& target, Reactor& prober, const IscsiDeviceOptions& options);

  BlockGeometry geometry() const override { return geometry_of(lun_.facts(), is_read_only_); }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override;
  // 0 asks the target for the present size; a LUN is resized on its target.
  Result<void> resize(uint64_t capacity_bytes) override;
  std::string describe() const override { return lun_.describe(); }
  std::string identity() const override { return lun_.facts().identity; }
  DiskHealth health() const override;
  void watch(BlockDeviceWatcher* watcher) override { lun_.watcher().set(watcher); }
  bool is_settled() const override { return !lun_.debt().is_due(); }

  // To be remembered: what the LUN said last.
  LunFacts facts() const { return lun_.facts(); }
  LunPaths& paths() { return lun_.paths(); }
  FenceDebt& debt() { return lun_.debt(); }
  // A further path, which was proven to lead to this disk. `has_predecessor` as in the options.
  LunPath& add_path(IscsiTarget& target, const LunPathOptions& options, bool has_predecessor);
  // The sessions of this function.
  std::vector<IscsiSessionReport> sessions() const;

 private:
  // Fixed after construction
  Reactor& prober_;
  const bool is_read_only_;
  // Any thread
  IscsiLun lun_;
};

}  // namespace laneway
