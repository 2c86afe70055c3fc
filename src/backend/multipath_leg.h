#pragma once
// PathLeg is one path as one queue uses it: its session and what is under way on it. Owned by the queue's PathLegs;
// home reactor only.

#include "backend/iscsi_link.h"
#include "backend/iscsi_meter.h"

namespace laneway {

class PathLeg;

// The queue.
class PathLegOwner {
 public:
  virtual void task_finished(iscsi::ScsiTask& task) = 0;
  virtual void task_lost(PathLeg& leg, iscsi::ScsiTask& task) = 0;
  virtual void leg_ready(PathLeg& leg) = 0;
  virtual void leg_unready(PathLeg& leg) = 0;
  virtual void leg_lost(PathLeg& leg) = 0;
  virtual void leg_refused(PathLeg& leg) = 0;
  virtual bool wants_leg(const PathLeg& leg) const = 0;
  virtual void cache_may_be_lost(PathLeg& leg) = 0;
  virtual void access_learned(PathLeg& leg) = 0;
  virtual void probe_answered(PathLeg& leg, const Result<void>& outcome) = 0;

 protected:
  ~PathLegOwner() = default;
};

class PathLeg final : private IscsiLinkOwner {
 public:
  // The path was joined for this leg.
  PathLeg(Reactor& reactor, IscsiLun& lun, LunPath& path, uint32_t queue_number, PathLegOwner& owner);
  ~PathLeg();  // only when its link is idle

  LunPath& path() const { return path_; }
  IscsiLink& link() { return link_; }
  const IscsiLink& link() const { return link_; }
  IscsiMeter& meter() { return meter_; }
  uint64_t lun_field() const { return lun_field_; }

  // What the choice of a path looks at.
  PortAccess access;
  uint32_t under_way = 0;       // tasks with the session
  uint64_t usable_from_ns = 0;  // not before, unless no other path is there: it failed not long ago
  uint32_t seen_retries = 0;    // of the path, that this leg acted upon
  uint64_t leave_by_ns = 0;     // the path is taken out: when its tasks are given up; 0: it is not
  uint64_t latency_ns = 0;      // of a task, lately
  bool was_ready = false;       // in the present session
  bool has_failed = false;      // since it was last used
  bool is_enlisted = false;     // its meter is with the target

 private:
  void task_finished(iscsi::ScsiTask& task) override { owner_.task_finished(task); }
  void task_lost(iscsi::ScsiTask& task) override { owner_.task_lost(*this, task); }
  void link_ready() override { owner_.leg_ready(*this); }
  void link_unready() override { owner_.leg_unready(*this); }
  void link_lost() override { owner_.leg_lost(*this); }
  void link_refused() override { owner_.leg_refused(*this); }
  bool wants_link() const override { return owner_.wants_leg(*this); }
  void cache_may_be_lost() override { owner_.cache_may_be_lost(*this); }
  void access_learned(const PortAccess& now) override {
    access = now;
    owner_.access_learned(*this);
  }
  void probe_answered(const Result<void>& outcome) override { owner_.probe_answered(*this, outcome); }

  // Fixed after construction
  LunPath& path_;
  PathLegOwner& owner_;
  const uint64_t lun_field_;
  // Home reactor only
  IscsiMeter meter_;
  IscsiLink link_;
};

}  // namespace laneway
