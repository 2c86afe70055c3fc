#pragma once
// IscsiQueue carries requests to a LUN over its own sessions on one reactor, one for each path of the function.
// Requests keep their order of arrival: when a session is lost, what is unfinished is sent again in that order, over
// whichever path is there, once the first copies are fenced, until each request's deadline. Owned by the front-end that
// opened it. Home reactor only.

#include <memory>

#include "backend/iscsi_io.h"
#include "backend/multipath_legs.h"
#include "backend/sending_pauses.h"
#include "base/log.h"
#include "base/slot_pool.h"

namespace laneway {

class IscsiQueue final : public BlockQueue, private PathLegOwner, private Bell::Owner, private TurnEnd {
 public:
  IscsiQueue(Reactor& reactor, IscsiLun& lun, uint32_t queue_number);
  ~IscsiQueue() override;
  static Result<std::unique_ptr<BlockQueue>> open(Reactor& reactor, IscsiLun& lun);

  void submit(std::span<BlockRequest* const> batch) override;
  uint32_t poll(uint64_t /*now_ns*/) override { return 0; }
  bool wants_poll() const override { return false; }
  Patience patience() const override { return legs_.patience(); }
  void drain() override;
  bool is_drained() const override { return unfinished_ == 0 && !is_draining_; }
  bool tell(BlockTrace& trace) const override;

 private:
  void task_finished(iscsi::ScsiTask& task) override;
  void end_turn(uint64_t now_ns) override;

  // Paths (iscsi_queue_paths.cc)
  void task_lost(PathLeg& leg, iscsi::ScsiTask& task) override;
  void leg_ready(PathLeg& leg) override;
  void leg_unready(PathLeg& leg) override;
  void leg_lost(PathLeg& leg) override;
  bool wants_leg(const PathLeg& leg) const override;
  void cache_may_be_lost(PathLeg& leg) override;
  void access_learned(PathLeg& leg) override;
  void probe_answered(PathLeg& leg, const Result<void>& outcome) override;
  void leg_inaccessible(PathLeg& leg, scsi::AccessState state);
  void watch_legs();
  void bell_rang() override;
  void go_on_sending();
  void refresh_legs();
  void refresh_time_came();
  void let_leave(PathLeg& leg);
  void want_legs();
  void look_at(PathLeg& leg);
  void hold_for_fence();
  void probe_legs();
  uint64_t replacement_timeout_ns() const;

  // Sending (iscsi_queue.cc)
  bool may_send() const { return legs_.is_ready() && !lun_.debt().is_due(); }
  void start_waiting(uint64_t late_ns);
  bool take_slot(BlockRequest& request, uint64_t late_ns);
  void send(IscsiIo& io);
  void send_held();
  void command_succeeded(IscsiIo& io);
  void command_failed(IscsiIo& io);
  void act_on_news(PathLeg& leg, const scsi::Verdict& verdict);
  void retry_later(IscsiIo& io, Status last_status);
  void go_elsewhere(IscsiIo& io);
  void resume_paused();
  void flush_succeeded(IscsiIo& io);
  void tell_loss(const IscsiIo& io);
  void finish(IscsiIo& io, Status status);
  void finish(BlockRequest& request, Status status);
  void finish_soon(IscsiIo& io, Status status);

  // For people (iscsi_queue_trace.cc)
  void tell_of(const IscsiIo& io, BlockTrace& trace) const;
  void tell_of(const BlockRequest& request, BlockTrace& trace) const;
  void note_pause();
  void note_turned_away(IscsiIo& io, uint64_t pause_ns);

  // Giving up (iscsi_queue_ends.cc)
  void leg_refused(PathLeg& leg) override;
  void watch_deadline(uint64_t deadline_ns);
  void deadline_came();
  void replacement_timed_out();
  void drain_patience_ended();
  template <typename Choose>
  void finish_held(Choose choose);
  void finish_overdue(PathLeg& leg);
  void finish_ended();
  void check_drained();
  void end_draining_parts();
  bool is_farewell_wanted() const;
  bool is_fence_before_farewell();
  bool say_farewell();

  // A flush of the queue's own, which nobody waits for.
  struct Farewell final : BlockRequestOwner {
    void finish(BlockRequest& /*request*/, Status /*status*/) override {}
    BlockRequest request;
    bool is_said = false;
  };

  // Fixed after construction
  Reactor& reactor_;
  IscsiLun& lun_;
  const uint32_t queue_number_;

  // Home reactor only
  PathLegs legs_;
  Bell bell_;  // rung when the function's paths change
  LunLimits limits_;
  SlotPool<IscsiIo> pool_;
  IntrusiveList<IscsiIo> ios_;           // in order of arrival
  IntrusiveList<BlockRequest> waiting_;  // for a slot, or for the link; arrived after all of ios_
  SlotPool<SplitVectors> splits_;
  Timer deadline_timer_;     // of the earliest deadline that was ever asked for since it last fired
  Timer pause_timer_;        // of the first paused command
  Timer replacement_timer_;  // since the last link went down
  Timer drain_timer_;
  Timer refresh_timer_;  // a path that failed becomes usable again
  Timer probe_timer_;    // looks at paths that carry nothing
  SendingPauses pauses_;
  // The request that is finished right now: as it was on its way, or else as it waited.
  const IscsiIo* ending_io_ = nullptr;
  const BlockRequest* ending_ = nullptr;
  uint32_t unfinished_ = 0;
  uint32_t in_session_ = 0;
  LogGate cache_gate_{1, 10 * kSecond};  // a target may report resets at will
  Farewell farewell_;
  bool is_awake_ = false;  // had a request: with several paths the sessions are kept, and made anew, from then on
  bool is_draining_ = false;
  bool is_failing_fast_ = false;  // the session has been down for too long
  bool has_ended_ios_ = false;    // some of ios_ only wait for finish()
};

}  // namespace laneway
