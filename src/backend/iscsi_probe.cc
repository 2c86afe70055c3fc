#include "backend/iscsi_probe.h"

#include <algorithm>

#include "scsi/lun.h"
#include "scsi/report_luns.h"

namespace laneway {

namespace {

constexpr uint32_t kLunsMax = 1024;        // described of one target
constexpr uint32_t kListAttemptsMax = 32;  // unit attentions in a row

IscsiErrand::Plan plan_probe(const IscsiTarget& target, uint64_t timeout_ns) {
  IscsiErrand::Plan plan;
  plan.subject = fmt::format("target {}", target.settings().target_name);
  plan.options = session_options(target.settings(), passing_isid());
  plan.addresses = target.addresses();
  plan.timeout_ns = timeout_ns;
  return plan;
}

}  // namespace

IscsiProbe::IscsiProbe(Reactor& reactor, const IscsiTarget& target, std::optional<uint32_t> lun, uint64_t timeout_ns)
    : IscsiErrand(reactor, plan_probe(target, timeout_ns)),
      only_lun_(lun),
      interrogation_(reactor, *this),
      list_(std::make_unique<uint8_t[]>(kListBytes)) {}

void IscsiProbe::begin() {
  report_ = {};
  report_.portal = portal();
  report_.alias = session().target_alias();
  report_.has_header_digest = session().limits().has_header_digest;
  report_.has_data_digest = session().limits().has_data_digest;
  if (!only_lun_) return ask_list();
  unasked_ = {*only_lun_};
  ask_next();
}

void IscsiProbe::ask_list() {
  list_vector_ = {list_.get(), kListBytes};
  list_task_.lun = 0;
  list_task_.cdb = scsi::encode_report_luns(kListBytes);
  list_task_.direction = iscsi::DataDirection::from_target;
  list_task_.data = {&list_vector_, 1};
  list_task_.data_bytes = kListBytes;
  session().submit(list_task_);
  pump();
}

void IscsiProbe::look() {
  while (iscsi::ScsiTask* task = session().take_finished()) {
    if (interrogation_.owns(*task)) {
      interrogation_.task_finished();
    } else {
      list_arrived();
    }
  }
}

void IscsiProbe::list_arrived() {
  const bool is_answered = list_task_.outcome == iscsi::TaskOutcome::answered;
  const scsi::Verdict verdict = scsi::judge(list_task_.scsi_status, list_task_.sense());
  if (!is_answered || verdict.action == scsi::Action::retry_now) {
    if (++list_attempts_ < kListAttemptsMax) return ask_list();
  }
  if (!is_answered || verdict.action != scsi::Action::done || verdict.status != Status::ok) {
    return give_up(
        {ErrorCode::refused, "the target refuses to list its LUNs; check its access rules for this initiator"});
  }
  auto list = scsi::decode_report_luns({list_.get(), list_task_.transferred_bytes});
  if (!list) return give_up(std::move(list.error()));
  for (const uint64_t field : list->luns) {
    const auto number = scsi::decode_lun(field);
    if (number && unasked_.size() < kLunsMax) unasked_.push_back(*number);
  }
  std::sort(unasked_.rbegin(), unasked_.rend());
  ask_next();
}

void IscsiProbe::ask_next() {
  if (unasked_.empty()) return succeed();
  const uint32_t lun = unasked_.back();
  unasked_.pop_back();
  interrogation_.start(session(), lun);
}

void IscsiProbe::interrogation_ended() {
  if (interrogation_.outcome()) {
    report_.luns.push_back(interrogation_.facts());
  } else if (only_lun_) {
    return give_up(interrogation_.outcome().error());
  }
  // What is no usable disk is left out of the list.
  ask_next();
}

Result<IscsiTargetReport> probe_target(Reactor& reactor, IscsiTarget& target, uint64_t timeout_ns) {
  if (auto resolved = target.resolve(); !resolved) return pass_on(resolved);
  return run_errand<IscsiProbe>(
      reactor, [](IscsiProbe& probe) { return probe.report(); }, target, std::optional<uint32_t>{}, timeout_ns);
}

Result<LunFacts> probe_lun(Reactor& reactor, IscsiTarget& target, uint32_t lun, uint64_t timeout_ns) {
  if (lun > scsi::kLunNumberMax) {
    return fail(ErrorCode::invalid_argument, "LUN {} is not possible; the largest is {}", lun, scsi::kLunNumberMax);
  }
  if (auto resolved = target.resolve(); !resolved) return pass_on(resolved);
  return run_errand<IscsiProbe>(
      reactor, [](IscsiProbe& probe) { return probe.report().luns.front(); }, target, std::optional<uint32_t>{lun},
      timeout_ns);
}

}  // namespace laneway
