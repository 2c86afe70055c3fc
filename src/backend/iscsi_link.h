#pragma once
// IscsiLink keeps a function's queue joined to its LUN over one path: it logs in, checks that the LUN is still the same
// disk, fences what an earlier session left, and does so again with growing pauses whenever the session is lost. Owned
// by a PathLeg, whose queue sends tasks while the link is ready and keeps them while it is not. Home reactor only.

#include <optional>
#include <string>

#include "backend/iscsi_connection.h"
#include "backend/iscsi_fence.h"
#include "backend/iscsi_lun.h"
#include "backend/iscsi_siblings.h"
#include "backend/lun_interrogation.h"
#include "backend/retry_pause.h"
#include "base/log.h"

namespace laneway {

class IscsiLinkOwner {
 public:
  // The target answered a task of the owner's.
  virtual void task_finished(iscsi::ScsiTask& task) = 0;
  // The session ended before the target answered; in order of submission, before link_lost().
  virtual void task_lost(iscsi::ScsiTask& task) = 0;
  // Tasks may be sent. Also after a revalidation, while earlier tasks are still with the session.
  virtual void link_ready() = 0;
  // It is ready no more: nothing may be sent until the next link_ready().
  virtual void link_unready() = 0;
  // No session is there any more and every task is back.
  virtual void link_lost() = 0;
  // Another disk answers under the LUN's number.
  virtual void link_refused() = 0;
  // True where a lost session should be replaced at once; else it is at the next want().
  virtual bool wants_link() const = 0;
  // Writes that were answered may be gone with the disk's cache.
  virtual void cache_may_be_lost() = 0;
  // How the LUN can be reached over this port; before link_ready(), and again whenever it may have changed.
  virtual void access_learned(const PortAccess& access) = 0;
  // The LUN answered probe(), or refused to be ready.
  virtual void probe_answered(const Result<void>& outcome) = 0;

 protected:
  ~IscsiLinkOwner() = default;
};

class IscsiLink final : private IscsiConnectionOwner,
                        private LunInterrogationOwner,
                        private IscsiFenceOwner,
                        private IscsiSibling::Owner {
 public:
  IscsiLink(Reactor& reactor, IscsiLun& lun, LunPath& path, IscsiMeter& meter, IscsiLinkOwner& owner);
  ~IscsiLink();  // only when is_idle()

  // Begins to make a session, unless one is there or on its way.
  void want();
  bool is_ready() const { return phase_ == Phase::ready; }
  bool is_idle() const { return phase_ == Phase::idle; }
  // Ready, or on its way through a fence on the session that is there.
  bool may_come_back() const { return is_known_alive_; }
  // Another disk answered last time; requests fail until the next attempt.
  bool is_refusing() const { return phase_ == Phase::pausing && is_refused_; }

  // Only while tasks are with the session or is_ready().
  iscsi::Session& session() { return connection_.session(); }
  void pump() { connection_.pump(); }
  Patience patience() const { return connection_.patience(); }

  // Gives the session up; link_lost() follows, never in here.
  void drop(std::string_view why);
  // Looks at identity and capacity again before more is sent.
  void revalidate();
  // Lets what is under way end, then fences what is due and swallows the fence's unit attention, on the session that is
  // there; link_ready() follows, or link_lost().
  void fall_quiet();
  // TEST UNIT READY while tasks go on; probe_answered() follows unless the session ends. False where one is under way
  // or the link is not ready.
  bool probe();
  // The next attempt is made now.
  void hurry();
  // Logs out and ends; link_lost() follows unless the link is idle already.
  void close();

 private:
  enum class Phase : uint8_t {
    idle,
    pausing,
    connecting,
    verifying,
    vouching,  // sessions from before are asked whether a greeting means anything
    fencing,   // or waiting for others to do so, or for time to pass
    ready,
    quieting,  // nothing new is sent until a fence
    logging_out,
    closing
  };

  void connection_progressed() override;
  void connection_closed() override;
  void interrogation_moved() override { pump(); }
  void interrogation_ended() override;
  void fence_moved() override { pump(); }
  void fence_stands() override;
  void fence_failed() override { drop("the target does not answer a reset of the LUN"); }

  void siblings_changed() override;

  void connect();
  Result<SocketAddress> choose_address();
  void attempt_failed(std::string_view why);
  void take_finished();
  void take_news();
  void session_ended();
  void follow_redirect();
  void verify();
  void take_up();
  bool is_greeting_news() const;
  void doubt_greeting();
  void testify();
  void leave_witnesses();
  void raise(LunCondition condition);
  void become_ready();
  void refuse();
  void give_back_tasks();
  void connect_soon();
  void pause(uint64_t least_ns);
  void time_came();
  void report_loss();
  IscsiLinkState down_state() const;
  IscsiTarget& target() const { return path_.target(); }

  // iscsi_link_fence.cc
  void check_quiet();
  void go_on_fencing();
  void start_fence(const FenceDebt::Plan& plan);
  void rejoin();
  void rejoined();
  void probe_ended();

  // Fixed after construction
  Reactor& reactor_;
  IscsiLun& lun_;
  LunPath& path_;
  const iscsi::Isid isid_;
  IscsiMeter& meter_;
  IscsiLinkOwner& owner_;

  // Home reactor only
  IscsiConnection connection_;
  LunInterrogation interrogation_;
  IscsiFence fence_;
  IscsiSibling sibling_;
  Timer timer_;  // of the phase
  RetryPause pause_;
  LogGate gate_{5, 30 * kSecond};
  Phase phase_ = Phase::idle;
  std::string portal_ = "no portal";  // of the last attempt
  std::string why_;                   // the session ended
  uint64_t ready_since_ns_ = 0;
  uint64_t wait_ns_ = 0;  // that the target or good manners ask for before the next attempt
  uint32_t next_portal_ = 0;
  uint32_t redirects_ = 0;
  std::optional<SocketAddress> redirect_;
  bool was_ready_ = false;  // with an earlier session
  bool is_refused_ = false;
  bool is_after_fence_ = false;
  bool has_progressed_ = false;   // the target answered a task of the owner's in this session
  bool is_revalidating_ = false;  // the session was ready already
  bool is_revalidation_due_ = false;
  bool is_probing_ = false;
  bool is_known_alive_ = false;  // was ready in this session
  uint64_t testimony_ = 0;       // the latest doubt when the probe was sent
  uint64_t known_resets_ = 0;    // of the LUN, by the function, when the session fell quiet
};

}  // namespace laneway
