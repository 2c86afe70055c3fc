#pragma once
// IscsiQueue carries requests to a LUN over its own session on one reactor. Requests keep their order of arrival: when
// the session is lost, what is unfinished is sent again in that order once the first copies are fenced, until each
// request's deadline. Owned by the front-end that opened it. Home reactor only.

#include <memory>

#include "backend/iscsi_io.h"
#include "backend/iscsi_link.h"
#include "base/log.h"
#include "base/slot_pool.h"

namespace laneway {

class IscsiQueue final : public BlockQueue, private IscsiLinkOwner, private TurnEnd {
 public:
  IscsiQueue(Reactor& reactor, IscsiLun& lun, uint32_t queue_number);
  ~IscsiQueue() override;
  static Result<std::unique_ptr<BlockQueue>> open(Reactor& reactor, IscsiLun& lun);

  void submit(std::span<BlockRequest* const> batch) override;
  uint32_t poll(uint64_t /*now_ns*/) override { return 0; }
  bool wants_poll() const override { return false; }
  Patience patience() const override { return link_.patience(); }
  void drain() override;
  bool is_drained() const override { return unfinished_ == 0 && !is_draining_; }

  const IscsiMeter& meter() const { return meter_; }

 private:
  void task_finished(iscsi::ScsiTask& task) override;
  void task_lost(iscsi::ScsiTask& task) override;
  void link_ready() override;
  void link_lost() override;
  void link_refused() override;
  bool wants_link() const override { return !is_draining_ && (unfinished_ > 0 || is_failing_fast_); }
  void cache_may_be_lost() override;
  void end_turn(uint64_t now_ns) override;

  // Sending (iscsi_queue.cc)
  void start_waiting();
  bool take_slot(BlockRequest& request);
  void send(IscsiIo& io);
  void send_held();
  void command_succeeded(IscsiIo& io);
  void command_failed(IscsiIo& io);
  void act_on_news(const scsi::Verdict& verdict);
  void retry_later(IscsiIo& io, Status last_status);
  void resume_paused();
  void flush_succeeded(IscsiIo& io);
  void tell_loss(const IscsiIo& io);
  void finish(IscsiIo& io, Status status);
  void finish(BlockRequest& request, Status status);
  void finish_soon(IscsiIo& io, Status status);

  // Giving up (iscsi_queue_ends.cc)
  void watch_deadline(uint64_t deadline_ns);
  void deadline_came();
  void replacement_timed_out();
  void drain_patience_ended();
  template <typename Choose>
  void finish_held(Choose choose);
  void finish_ended();
  void check_drained();
  void end_draining_parts();
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
  const uint64_t lun_field_;
  const uint32_t queue_number_;

  // Home reactor only
  IscsiMeter meter_;
  IscsiLink link_;
  LunLimits limits_;
  SlotPool<IscsiIo> pool_;
  IntrusiveList<IscsiIo> ios_;           // in order of arrival
  IntrusiveList<BlockRequest> waiting_;  // for a slot, or for the link; arrived after all of ios_
  SlotPool<SplitVectors> splits_;
  Timer deadline_timer_;     // of the earliest deadline that was ever asked for since it last fired
  Timer pause_timer_;        // of the first paused command
  Timer replacement_timer_;  // since the link went down
  Timer drain_timer_;
  uint32_t unfinished_ = 0;
  uint32_t in_session_ = 0;
  LogGate cache_gate_{1, 10 * kSecond};  // a target may report resets at will
  Farewell farewell_;
  bool is_draining_ = false;
  bool is_failing_fast_ = false;  // the session has been down for too long
  bool has_ended_ios_ = false;    // some of ios_ only wait for finish()
};

}  // namespace laneway
