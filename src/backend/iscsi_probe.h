#pragma once
// Asking a target what it has: a login that proves address, name and secret, then every LUN's facts, or one LUN's. The
// class works on a reactor; the functions are for control threads and wait.

#include <optional>

#include "backend/iscsi_errand.h"
#include "backend/iscsi_target.h"
#include "backend/lun_interrogation.h"

namespace laneway {

struct IscsiTargetReport {
  std::string portal;  // that answered
  std::string alias;   // the target's own words, may be empty
  bool has_header_digest = false;
  bool has_data_digest = false;
  std::vector<LunFacts> luns;  // disks only, by number
};

class IscsiProbe final : public IscsiErrand, private LunInterrogationOwner {
 public:
  // `lun`: only this one, which must be a disk.
  IscsiProbe(Reactor& reactor, const IscsiTarget& target, std::optional<uint32_t> lun, uint64_t timeout_ns);
  const IscsiTargetReport& report() const { return report_; }

 private:
  static constexpr uint32_t kListBytes = 16 * 1024;  // 2,047 LUNs

  void begin() override;
  void look() override;
  void stop() override { interrogation_.stop(); }
  void interrogation_moved() override { pump(); }
  void interrogation_ended() override;
  void ask_list();
  void list_arrived();
  void ask_next();

  // Fixed after construction
  const std::optional<uint32_t> only_lun_;
  // Home reactor only
  LunInterrogation interrogation_;
  iscsi::ScsiTask list_task_;
  std::unique_ptr<uint8_t[]> list_;
  iovec list_vector_{};
  uint32_t list_attempts_ = 0;
  std::vector<uint32_t> unasked_;  // the next one last
  IscsiTargetReport report_;
};

// Logs in and describes the target and its disks.
Result<IscsiTargetReport> probe_target(Reactor& reactor, IscsiTarget& target, uint64_t timeout_ns = 30 * kSecond);
// One disk.
Result<LunFacts> probe_lun(Reactor& reactor, IscsiTarget& target, uint32_t lun, uint64_t timeout_ns = 30 * kSecond);

}  // namespace laneway
