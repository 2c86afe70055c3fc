// SCSI commands on their way in: immediate, unsolicited and solicited data (RFC 7143 clauses 4.2.5, 11.3, 11.7, 11.8),
// task management, and the faults that a script shows when a command arrives.
#include <algorithm>

#include "target/fake_target.h"
#include "target/target_connection.h"

namespace laneway::fake {

namespace {

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kReads = 0x40;
constexpr uint8_t kWrites = 0x20;

// Commands that a pending unit attention does not stop (SPC-4 clause 5.14).
bool passes_attention(const Cdb& cdb) { return cdb[0] == 0x12 || cdb[0] == 0xa0 || cdb[0] == 0x03; }

}  // namespace

void TargetConnection::take_command(const PduView& pdu) {
  ++target_.counters_.commands;
  Task* task = target_.take_task();
  const uint8_t flags = pdu.u8(1);
  task->session = session_;
  task->tag = pdu.u32(16);
  task->lun = decode_lun(pdu.u64(8));
  task->expected_bytes = pdu.u32(20);
  std::copy_n(pdu.header.begin() + 32, task->cdb.size(), task->cdb.begin());
  task->op = op_of(task->cdb);
  task->is_read = (flags & kReads) != 0;
  task->is_write = (flags & kWrites) != 0;
  for (const Task* other : tasks_) {
    if (other->tag == task->tag) target_.violate("an initiator task tag is used twice at once (11.2.1.8)");
  }
  tasks_.push_back(task);
  if (!target_.script_.empty() && shows_command_fault(*task, pdu)) return;
  if (take_attention(*task) || is_refused_by_port(*task)) return answer(*task);
  task->has_unsolicited = task->is_write && (flags & kFinal) == 0;
  take_first_payload(*task, pdu);
}

bool TargetConnection::shows_command_fault(Task& task, const PduView& pdu) {
  FaultScript& script = target_.script_;
  if (script.fire(FaultKind::drop, task.op)) {
    abort();
    return true;
  }
  if (script.fire(FaultKind::silent, task.op)) is_mute_ = true;
  if (const auto fault = script.fire(FaultKind::lie, task.op); fault && !lie(task, fault->text)) return true;
  if (const auto fault = script.fire(FaultKind::reject, task.op)) {
    send_reject(pdu, static_cast<uint8_t>(fault->value));
    drop_task(task);
    return true;
  }
  if (const auto fault = script.fire(FaultKind::status, task.op))
    task.outcome.status = static_cast<uint8_t>(fault->value);
  if (const auto fault = script.fire(FaultKind::sense, task.op)) {
    task.outcome = check(static_cast<uint8_t>(fault->value >> 16), static_cast<uint8_t>(fault->value >> 8),
                         static_cast<uint8_t>(fault->value));
  }
  if (const auto fault = script.fire(FaultKind::unit_attention, task.op)) {
    task.outcome = check(6, static_cast<uint8_t>(fault->value >> 8), static_cast<uint8_t>(fault->value));
  }
  if (task.outcome.status == kGood) return false;
  answer(task);
  return true;
}

bool TargetConnection::take_attention(Task& task) {
  Session* session = target_.session(session_);
  if (session == nullptr || session->attentions.empty() || passes_attention(task.cdb)) return false;
  auto& pending = session->attentions;
  const auto found =
      std::find_if(pending.begin(), pending.end(), [&](const Attention& a) { return a.lun == task.lun; });
  if (found == pending.end()) return false;
  task.outcome = check(6, found->asc, found->ascq);
  target_.attention_told(*session);
  pending.erase(found);
  return true;
}

// What a port that is not active carries out (SPC-5 5.15.2.4.4) comes down to what passes attentions, and the groups.
bool TargetConnection::is_refused_by_port(Task& task) const {
  if (!target_.options_.has_port_groups || passes_attention(task.cdb) || task.cdb[0] == 0xa3) return false;
  switch (target_.port_state(port_)) {
    case 0x2:
      task.outcome = check(2, 0x04, 0x0b);
      return true;
    case 0x3:
      task.outcome = check(2, 0x04, 0x0c);
      return true;
    case 0xf:
      task.outcome = check(2, 0x04, 0x0a);
      return true;
    default:
      return false;
  }
}

void TargetConnection::take_first_payload(Task& task, const PduView& pdu) {
  if (!pdu.payload.empty()) {
    if (!terms_.immediate_data) target_.violate("immediate data although ImmediateData=No (13.11)");
    if (!task.is_write) target_.violate("immediate data with a command that does not write");
    if (pdu.payload.size() > terms_.first_burst_max) target_.violate("immediate data beyond FirstBurstLength (13.14)");
    if (!add_payload(task, pdu.payload)) return;
  }
  if (task.has_unsolicited && terms_.initial_r2t) {
    target_.violate("unsolicited data although InitialR2T=Yes (13.10)");
    return abort();
  }
  if (task.has_unsolicited) return;
  ask_for_data(task);
}

bool TargetConnection::add_payload(Task& task, ByteView bytes) {
  if (task.received_bytes + bytes.size() > task.expected_bytes) {
    target_.violate("more data than the expected transfer length");
    abort();
    return false;
  }
  task.payload.insert(task.payload.end(), bytes.begin(), bytes.end());
  task.received_bytes += static_cast<uint32_t>(bytes.size());
  task.asked_bytes = std::max(task.asked_bytes, task.received_bytes);
  return true;
}

void TargetConnection::take_data_out(const PduView& pdu) {
  if (!is_discovery_ && pdu.u32(20) != kNoTag) return take_solicited(pdu);
  for (Task* task : tasks_) {
    if (task->tag == pdu.u32(16)) return take_unsolicited(*task, pdu);
  }
  // The command was answered before its unsolicited data came: it is dropped.
}

void TargetConnection::take_unsolicited(Task& task, const PduView& pdu) {
  if (!task.has_unsolicited) {
    if (task.outcome.status == kGood) target_.violate("unsolicited data after its sequence ended (11.7.1)");
    return;
  }
  if (pdu.u32(36) != task.unsolicited_sn++) target_.violate("unsolicited data with a wrong DataSN (11.7.4)");
  if (pdu.u32(40) != task.received_bytes) target_.violate("unsolicited data at a wrong offset (11.7.4)");
  if (!add_payload(task, pdu.payload)) return;
  if (task.received_bytes > terms_.first_burst_max) target_.violate("unsolicited data beyond FirstBurstLength (13.14)");
  if ((pdu.u8(1) & kFinal) == 0) return;
  task.has_unsolicited = false;
  ask_for_data(task);
}

void TargetConnection::take_solicited(const PduView& pdu) {
  const auto found =
      std::find_if(r2ts_.begin(), r2ts_.end(), [&](const ReadyToTransfer& r2t) { return r2t.tag == pdu.u32(20); });
  if (found == r2ts_.end()) return;  // its task was fenced meanwhile
  Task& task = *found->task;
  if (pdu.u32(16) != task.tag) target_.violate("Data-Out with the transfer tag of another task (11.7)");
  if (pdu.u32(36) != found->data_sn++) target_.violate("Data-Out with a wrong DataSN (11.7.4)");
  if (pdu.u32(40) != found->offset + found->received) target_.violate("Data-Out at a wrong offset (11.7.4)");
  if (found->received + pdu.payload.size() > found->length) {
    target_.violate("Data-Out beyond what was asked for (11.8)");
    return abort();
  }
  const size_t at = pdu.u32(40);
  if (at + pdu.payload.size() > task.expected_bytes) return abort();
  task.payload.resize(std::max(task.payload.size(), at + pdu.payload.size()));
  std::copy(pdu.payload.begin(), pdu.payload.end(), task.payload.begin() + static_cast<std::ptrdiff_t>(at));
  task.received_bytes += static_cast<uint32_t>(pdu.payload.size());
  found->received += static_cast<uint32_t>(pdu.payload.size());
  const bool is_final = (pdu.u8(1) & kFinal) != 0;
  if (is_final != (found->received == found->length))
    target_.violate("F bit does not mark the sequence's end (11.7.1)");
  if (found->received < found->length) return;
  r2ts_.erase(found);
  ask_for_data(task);
}

// Sends what R2Ts are allowed now, or accepts the command where all its data is here.
void TargetConnection::ask_for_data(Task& task) {
  if (!task.is_write || task.received_bytes >= task.expected_bytes) return accept(task);
  const uint32_t limit = target_.options_.r2t_bytes_max;
  const uint32_t burst = limit == 0 ? terms_.burst_max : std::min(limit, terms_.burst_max);
  auto outstanding = static_cast<uint32_t>(
      std::count_if(r2ts_.begin(), r2ts_.end(), [&](const ReadyToTransfer& r2t) { return r2t.task == &task; }));
  while (task.asked_bytes < task.expected_bytes && outstanding < terms_.outstanding_r2t_max) {
    const uint32_t length = std::min(burst, task.expected_bytes - task.asked_bytes);
    r2ts_.push_back({next_tag_++, &task, task.asked_bytes, length, 0, 0});
    Header header(Op::r2t);
    header.u8(1, kFinal).u64(8, task.lun << 48).u32(16, task.tag).u32(20, r2ts_.back().tag);
    header.u32(36, task.r2t_count++).u32(40, task.asked_bytes).u32(44, length);
    append(number(header, stat_sn_), {}, task.op);
    task.asked_bytes += length;
    ++outstanding;
  }
}

void TargetConnection::accept(Task& task) {
  task.is_accepted = true;
  target_.start(task);
}

void TargetConnection::take_task_management(const PduView& pdu) {
  ++target_.counters_.fences;
  FenceRequest request;
  request.session = session_;
  request.tag = pdu.u32(16);
  request.function = pdu.u8(1) & 0x7f;
  request.lun = decode_lun(pdu.u64(8));
  request.task_tag = pdu.u32(20);
  if (target_.script_.fire(FaultKind::silent_fence)) return;
  if (const auto fault = target_.script_.fire(FaultKind::refuse_fence)) {
    return send_fence_response(request.tag, static_cast<uint8_t>(fault->value));
  }
  if (target_.script_.fire(FaultKind::ignore_fence)) return send_fence_response(request.tag, 0);
  target_.fence(request);
}

}  // namespace laneway::fake
