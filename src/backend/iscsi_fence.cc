#include "backend/iscsi_fence.h"

#include "scsi/lun.h"

namespace laneway {

IscsiFence::IscsiFence(Reactor& reactor, IscsiFenceOwner& owner)
    : reactor_(reactor), owner_(owner), timer_(this, fire_by<&IscsiFence::time_came>) {}

IscsiFence::~IscsiFence() { reactor_.cancel(timer_); }

void IscsiFence::start(iscsi::Session& session, uint32_t lun, const Rules& rules) {
  LW_ASSERT(!is_running_);
  is_running_ = true;
  is_waiting_ = false;
  session_ = &session;
  rules_ = rules;
  function_.lun = scsi::encode_lun(lun);
  if (!rules.may_reset) return wait();
  submit(iscsi::TaskFunction::logical_unit_reset);
}

void IscsiFence::stop() {
  is_running_ = false;
  session_ = nullptr;
  reactor_.cancel(timer_);
}

void IscsiFence::submit(iscsi::TaskFunction function) {
  function_.function = function;
  function_.owner = this;
  session_->submit(function_);
  reactor_.arm(timer_, reactor_.now_ns() + rules_.answer_timeout_ns);
  owner_.fence_moved();
}

void IscsiFence::wait() {
  is_waiting_ = true;
  reactor_.arm(timer_, reactor_.now_ns() + rules_.delay_ns);
}

void IscsiFence::function_finished() {
  if (!is_running_ || function_.response == iscsi::TaskFunctionResponse::lost) return;
  reactor_.cancel(timer_);
  if (function_.response == iscsi::TaskFunctionResponse::complete) {
    stop();
    return owner_.fence_stands();
  }
  if (rules_.may_clear_tasks && function_.function == iscsi::TaskFunction::logical_unit_reset) {
    return submit(iscsi::TaskFunction::clear_task_set);
  }
  wait();
}

void IscsiFence::time_came() {
  const bool is_over = is_waiting_;
  if (!is_over) return owner_.fence_failed();
  stop();
  owner_.fence_stands();
}

}  // namespace laneway
