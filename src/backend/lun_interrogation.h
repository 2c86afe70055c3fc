#pragma once
// LunInterrogation asks one logical unit who it is and what it can do, a command at a time on a session that is there,
// and swallows the unit attentions that a new session finds. Owned by an IscsiLink or a probe; home reactor only.

#include <array>
#include <vector>

#include "backend/lun_facts.h"
#include "backend/port_access.h"
#include "iscsi/session.h"
#include "reactor/reactor.h"
#include "scsi/inquiry.h"
#include "scsi/verdict.h"

namespace laneway {

class LunInterrogationOwner {
 public:
  // A command was given to the session: send it.
  virtual void interrogation_moved() = 0;
  // is_running() is false now: failure() or facts() is there.
  virtual void interrogation_ended() = 0;

 protected:
  ~LunInterrogationOwner() = default;
};

class LunInterrogation {
 public:
  LunInterrogation(Reactor& reactor, LunInterrogationOwner& owner);
  ~LunInterrogation();

  // Everything about the LUN.
  void start(iscsi::Session& session, uint32_t lun);
  // Only until it is ready, which swallows unit attentions; facts() stay.
  void start_ready_check(iscsi::Session& session, uint32_t lun);
  bool is_running() const { return step_ != Step::none; }
  // The session is ending: nothing more happens; the task comes back with the session's others and is ignored.
  void stop();

  bool owns(const iscsi::ScsiTask& task) const { return &task == &task_; }
  // The task came back from the session.
  void task_finished();

  const LunFacts& facts() const { return facts_; }
  // False where the port does not reach the disk now: facts() have its identity and no more.
  bool is_complete() const { return !told_state_.has_value(); }
  const PortAccess& access() const { return access_; }
  // A unit attention that a ready check swallowed told of a change: everything has to be asked again.
  bool has_news() const { return has_news_; }
  const Result<void>& outcome() const { return outcome_; }
  // A unit attention said that the disk was reset in a way that may have cost it its volatile cache.
  bool may_have_lost_cache() const { return may_have_lost_cache_; }
  // An answer is on its way: if the session ends now, a unit attention may be lost with it, and the target tells it
  // once only.
  bool is_awaiting_answer() const { return is_asked_ && task_.was_sent; }

 private:
  enum class Step : uint8_t {
    none,
    ready,
    inquiry,
    pages,
    identity,
    serial,
    limits,
    provisioning,
    capacity_16,
    capacity_10,
    mode,
    groups
  };

  void begin(iscsi::Session& session, uint32_t lun, Step first);
  void ask();
  void set_command();
  void pause();
  void answered();
  void refused(const scsi::Verdict& verdict);
  void note_reset();
  void go_on(Step next);
  Step after(Step step) const;
  bool has_page(scsi::VpdPage page) const;
  bool is_optional(Step step) const;
  void end(Result<void> outcome);

  Result<void> learn(ByteView bytes);
  Result<void> learn_inquiry(ByteView bytes);
  Result<void> learn_identity(ByteView bytes);
  Result<void> learn_limits(ByteView bytes);
  Result<void> learn_provisioning(ByteView bytes);
  Result<void> learn_capacity(ByteView bytes);
  Result<void> learn_mode(ByteView bytes);
  Result<void> learn_groups(ByteView bytes);
  Step last_step() const { return has_groups_ ? Step::groups : Step::none; }
  void settle();

  // Fixed after construction
  Reactor& reactor_;
  LunInterrogationOwner& owner_;

  // Home reactor only
  iscsi::Session* session_ = nullptr;
  iscsi::ScsiTask task_;
  Timer pause_timer_;
  Step step_ = Step::none;
  bool is_ready_check_ = false;
  uint32_t attempts_ = 0;  // of the step
  bool is_asked_ = false;  // the task is with the session
  bool may_have_lost_cache_ = false;
  std::vector<uint8_t> pages_;
  scsi::BlockLimits block_limits_;
  LunFacts facts_;
  bool has_groups_ = false;
  bool has_news_ = false;
  std::optional<scsi::AccessState> told_state_;  // by a disk that is not ready over this port
  PortAccess access_;
  Result<void> outcome_;
  std::array<uint8_t, 4096> buffer_{};
  iovec vector_{};
};

}  // namespace laneway
