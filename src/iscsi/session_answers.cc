// What the PDUs of a target mean, other than Data-In. Every number in them is checked here before it is used.
#include <algorithm>

#include "iscsi/session.h"

namespace laneway::iscsi {
namespace {

constexpr uint8_t kFinalFlag = 0x80;

// RFC 7143 11.9.1
enum class AsyncEvent : uint8_t {
  scsi_event = 0,
  logout_request = 1,
  connection_drop = 2,
  session_drop = 3,
  negotiation_request = 4,
};

constexpr uint8_t kRejectDataDigest = 0x02;  // RFC 7143 11.17.1

// No target asks for less than a block at a time.
constexpr uint32_t kCrumbBytes = 512;

// Copies as much sense as fits. `payload` begins with its length (RFC 7143 11.4.7.2).
template <size_t N>
bool take_sense(ByteView payload, std::array<uint8_t, N>& storage, uint16_t& sense_bytes) {
  if (payload.empty()) return true;
  if (payload.size() < 2) return false;
  const size_t claimed = load_be<uint16_t>(payload, 0);
  if (claimed > payload.size() - 2) return false;
  sense_bytes = static_cast<uint16_t>(std::min(claimed, N));
  std::copy_n(payload.begin() + 2, sense_bytes, storage.begin());
  return true;
}

}  // namespace

void Session::take_pdu(Bhs bhs, const PduHeader& header, ByteView payload) {
  if (state_ == SessionState::login && header.opcode != Opcode::login_response) {
    return fail_session(SessionFault::framing,
                        fmt::format("the target sent a PDU with opcode {:02x} in the middle of the login",
                                    static_cast<uint8_t>(header.opcode)));
  }
  if (header.opcode != Opcode::login_response) {
    const TargetNumbers target = decode_numbers(bhs);
    window_.update(target.exp_cmd_sn, target.max_cmd_sn);
  }
  switch (header.opcode) {
    case Opcode::login_response:
      return take_login_response(bhs, header, payload);
    case Opcode::scsi_response:
      return take_scsi_response(bhs, header, payload);
    case Opcode::r2t:
      return take_r2t(bhs, header);
    case Opcode::nop_in:
      return take_nop_in(bhs, header);
    case Opcode::task_management_response:
      return take_management_response(bhs, header);
    case Opcode::text_response:
      return take_text_response(bhs, header, payload);
    case Opcode::logout_response:
      return take_logout_response(bhs, header);
    case Opcode::async_message:
      return take_async(bhs, header, payload);
    case Opcode::reject:
      return take_reject(bhs, payload);
    default:
      break;
  }
  fail_session(SessionFault::framing, fmt::format("the target sent a PDU with the unknown opcode {:02x}",
                                                  static_cast<uint8_t>(header.opcode)));
}

// Statuses are numbered without gaps on a connection (RFC 7143 4.2.2.2): one that is missing was lost, and with it a
// task.
bool Session::take_stat_sn(Bhs bhs) {
  const uint32_t stat_sn = decode_numbers(bhs).stat_sn;
  if (stat_sn != exp_stat_sn_) {
    fail_session(SessionFault::sequence,
                 fmt::format("the target sent StatSN {} where {} was next", stat_sn, exp_stat_sn_));
    return false;
  }
  ++exp_stat_sn_;
  return true;
}

TaskSlot* Session::find_task(const PduHeader& header) {
  TaskSlot* slot = state_ == SessionState::login ? nullptr : table_.find(header.task_tag);
  if (slot == nullptr) {
    fail_session(SessionFault::tag,
                 fmt::format("the target sent a PDU with opcode {:02x} for the task {:08x}, which does not exist",
                             static_cast<uint8_t>(header.opcode), header.task_tag));
  }
  return slot;
}

void Session::take_login_response(Bhs bhs, const PduHeader& header, ByteView payload) {
  if (state_ != SessionState::login || has_login_request_) {
    return fail_session(SessionFault::tag, "the target answered a login that was not asked for");
  }
  const LoginResponsePdu pdu = decode_login_response(bhs);
  if (header.task_tag != make_tag(0, TagKind::login)) {
    return fail_session(SessionFault::tag, "the target answered the login with another task tag");
  }
  const TargetNumbers target = decode_numbers(bhs);
  exp_stat_sn_ = target.stat_sn + 1;
  window_.update(target.exp_cmd_sn, target.max_cmd_sn);

  auto next = login_->take(pdu, text_of(payload));
  if (!next) {
    is_refusal_ = login_->is_refusal();
    return fail_session(SessionFault::login, next.error().code, next.error().message);
  }
  switch (*next) {
    case Login::Next::send:
      has_login_request_ = true;
      return;
    case Login::Next::redirected:
      redirect_ = login_->redirect();
      return end(SessionState::redirected);
    case Login::Next::done:
      break;
  }
  limits_ = login_->limits();
  target_alias_ = login_->target_alias();
  login_.reset();
  state_ = SessionState::full_feature;
  state_deadline_ns_ = kNever;
}

void Session::take_scsi_response(Bhs bhs, const PduHeader& header, ByteView payload) {
  TaskSlot* slot = find_task(header);
  if (slot == nullptr || !take_stat_sn(bhs)) return;
  const ScsiResponsePdu pdu = decode_scsi_response(bhs);
  ScsiTask& task = *slot->task;
  if (!take_sense(payload, task.sense_storage, task.sense_bytes)) {
    return fail_session(SessionFault::framing, "the target sent sense data longer than its PDU");
  }
  // ExpDataSN is not looked at: targets disagree about it, and the bytes that arrived are counted (transferred_bytes).
  if (pdu.response == 0) {
    return finish_answered(*slot, pdu.scsi_status, pdu.is_overflow, pdu.is_underflow, pdu.residual_bytes);
  }
  task.iscsi_response = pdu.response;
  finish(*slot, TaskOutcome::target_failure);
}

void Session::take_r2t(Bhs bhs, const PduHeader& header) {
  TaskSlot* slot = find_task(header);
  if (slot == nullptr) return;
  const R2tPdu pdu = decode_r2t(bhs);
  const ScsiTask& task = *slot->task;
  if (task.direction != DataDirection::to_target || pdu.transfer_tag == kReservedTag) {
    return fail_session(SessionFault::range,
                        "the target asked for the data of a command that has none, or without a tag");
  }
  if (pdu.r2t_sn != slot->next_r2t_sn || slot->r2t_count >= limits_.max_outstanding_r2t) {
    return fail_session(SessionFault::sequence,
                        fmt::format("the target sent R2T {} where {} was next and {} of {} were open", pdu.r2t_sn,
                                    slot->next_r2t_sn, slot->r2t_count, limits_.max_outstanding_r2t));
  }
  // Offsets go forward only, so that the number of R2Ts is bounded by the data there is (RFC 7143 11.8, 13.18).
  const bool is_inside = pdu.offset_bytes >= slot->next_r2t_offset_bytes && pdu.offset_bytes <= task.data_bytes &&
                         pdu.length_bytes <= task.data_bytes - pdu.offset_bytes;
  if (!is_inside || pdu.length_bytes == 0 || pdu.length_bytes > limits_.max_burst_bytes) {
    return fail_session(SessionFault::range,
                        fmt::format("the target asked for {} bytes at offset {} of a write of {} bytes",
                                    pdu.length_bytes, pdu.offset_bytes, task.data_bytes));
  }
  // Asking for a write in crumbs, as for Data-In.
  const bool is_crumb = pdu.length_bytes < kCrumbBytes && pdu.length_bytes < task.data_bytes - pdu.offset_bytes;
  if (is_crumb && !admit_noise()) return;
  slot->task->r2t_ns = now_ns_;
  ++slot->next_r2t_sn;
  ++slot->r2t_count;
  slot->next_r2t_offset_bytes = pdu.offset_bytes + pdu.length_bytes;
  slot->transfers.push({.lun = header.lun,
                        .transfer_tag = pdu.transfer_tag,
                        .offset_bytes = pdu.offset_bytes,
                        .left_bytes = pdu.length_bytes});
  if (!slot->is_linked()) senders_.push_back(*slot);
}

void Session::take_nop_in(Bhs bhs, const PduHeader& header) {
  if (header.task_tag != kReservedTag) {  // the answer to a ping of ours
    if (header.task_tag != ping_tag_)
      return fail_session(SessionFault::tag, "the target answered a ping that was not sent");
    if (!take_stat_sn(bhs)) return;
    ping_tag_ = kReservedTag;
    return keep_alive_.answered();
  }
  if (!admit_noise()) return;
  const uint32_t transfer_tag = decode_transfer_tag(bhs);
  if (transfer_tag == kReservedTag) return;  // news of the window only
  if (ping_answer_count_ == kPingAnswersMax) {
    return fail_session(SessionFault::flood,
                        fmt::format("the target sent {} pings without reading the answers", kPingAnswersMax));
  }
  ping_answers_[ping_answer_count_++] = {.lun = header.lun, .transfer_tag = transfer_tag};
}

void Session::take_management_response(Bhs bhs, const PduHeader& header) {
  ManagementTable::Slot* slot = management_.find(header.task_tag);
  if (slot == nullptr) {
    return fail_session(SessionFault::tag, "the target answered a task management function that was not asked for");
  }
  if (!take_stat_sn(bhs)) return;
  const auto response = static_cast<TaskFunctionResponse>(bhs[2]);
  if (response == TaskFunctionResponse::complete) abort_covered(*slot);
  management_.finish(*slot, response == TaskFunctionResponse::lost ? TaskFunctionResponse::rejected : response);
}

void Session::take_text_response(Bhs bhs, const PduHeader& header, ByteView payload) {
  if (!text_.is_pending() || header.task_tag != text_.tag()) {
    return fail_session(SessionFault::tag, "the target sent text that was not asked for");
  }
  if (!take_stat_sn(bhs)) return;
  auto taken = text_.take((header.flags & kFinalFlag) != 0, decode_transfer_tag(bhs), text_of(payload));
  if (!taken) fail_session(SessionFault::framing, taken.error().code, taken.error().message);
}

void Session::take_logout_response(Bhs bhs, const PduHeader& header) {
  if (state_ != SessionState::logging_out || header.task_tag != logout_tag_) {
    return fail_session(SessionFault::tag, "the target answered a logout that was not asked for");
  }
  const LogoutResponsePdu pdu = decode_logout_response(bhs);
  asked_wait_s_ = pdu.time_to_wait_s;
  if (pdu.response != 0) {
    return fail_session(SessionFault::departure, ErrorCode::refused,
                        fmt::format("the target refused the logout (response {})", pdu.response));
  }
  end(SessionState::logged_out);
}

void Session::take_async(Bhs bhs, const PduHeader& header, ByteView payload) {
  if (!take_stat_sn(bhs) || !admit_noise()) return;
  const AsyncPdu pdu = decode_async(bhs);
  switch (static_cast<AsyncEvent>(pdu.event)) {
    case AsyncEvent::scsi_event:
      return take_async_sense(header, payload);
    case AsyncEvent::logout_request:
    case AsyncEvent::negotiation_request:  // a new login negotiates everything
      // Half of the time it grants is for the tasks that run, the rest for the logout.
      return begin_draining(pdu.parameter3 * kSecond / 2);
    case AsyncEvent::connection_drop:
    case AsyncEvent::session_drop:
      asked_wait_s_ = pdu.parameter2;
      return fail_session(SessionFault::departure, "the target announced that it drops the connection");
    default:
      return;  // vendors' own
  }
}

void Session::take_async_sense(const PduHeader& header, ByteView payload) {
  AsyncSense event{.lun = header.lun};
  if (!take_sense(payload, event.sense_storage, event.sense_bytes)) {
    return fail_session(SessionFault::framing, "the target sent sense data longer than its PDU");
  }
  if (async_sense_count_ < kAsyncSenseMax) async_senses_[async_sense_count_++] = event;
}

void Session::take_reject(Bhs bhs, ByteView payload) {
  if (!take_stat_sn(bhs)) return;
  ++counters_.rejects;
  const uint8_t reason = bhs[2];
  if (reason == kRejectDataDigest) {
    return fail_session(SessionFault::digest,
                        "the target found a data digest of ours wrong: bytes were damaged on the way");
  }
  if (payload.size() < kBhsBytes) {
    return fail_session(SessionFault::framing,
                        fmt::format("the target rejected something (reason {:02x}) without saying what", reason));
  }
  take_rejected(payload.first<kBhsBytes>(), reason);
}

// The header of a PDU of ours that the target did not accept, as it says.
void Session::take_rejected(Bhs rejected, uint8_t reason) {
  const PduHeader header = decode_header(rejected);
  switch (header.opcode) {
    case Opcode::scsi_command: {
      TaskSlot* slot = table_.find(header.task_tag);
      if (slot == nullptr) return (void)admit_noise();  // was answered as well
      slot->task->iscsi_response = reason;
      return finish(*slot, TaskOutcome::rejected);
    }
    case Opcode::nop_out:
      if (header.task_tag == ping_tag_ && ping_tag_ != kReservedTag) keep_alive_.answered();  // it lives
      return (void)admit_noise();
    case Opcode::task_management: {
      ManagementTable::Slot* slot = management_.find(header.task_tag);
      if (slot != nullptr) management_.finish(*slot, TaskFunctionResponse::rejected);
      return;
    }
    case Opcode::data_out:
      return (void)admit_noise();  // the command's own response follows (11.17.1)
    default:
      break;
  }
  fail_session(SessionFault::framing,
               fmt::format("the target rejected a PDU of ours with opcode {:02x} (reason {:02x})",
                           static_cast<uint8_t>(header.opcode), reason));
}

}  // namespace laneway::iscsi
