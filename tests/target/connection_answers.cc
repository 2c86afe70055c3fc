// SCSI commands on their way out: Data-In and responses (RFC 7143 clauses 11.4, 11.7).
#include <algorithm>

#include "target/fake_target.h"
#include "target/target_connection.h"

namespace laneway::fake {

namespace {

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kHasStatus = 0x01;
constexpr uint8_t kUnderflow = 0x02;
constexpr uint8_t kOverflow = 0x04;
constexpr uint32_t kTagNobodyUsed = 0xfedcba98;

struct Residual {
  uint8_t flag = 0;
  uint32_t bytes = 0;
};

Residual residual_of(const Task& task) {
  if (task.is_read && task.outcome.status == kGood) {
    const uint64_t given = task.available_bytes - std::min<uint64_t>(task.available_bytes, task.missing_bytes);
    if (given > task.expected_bytes) return {kOverflow, static_cast<uint32_t>(given - task.expected_bytes)};
    if (given < task.expected_bytes) return {kUnderflow, static_cast<uint32_t>(task.expected_bytes - given)};
    return {};
  }
  if (task.outcome.status != kGood && task.expected_bytes > 0) return {kUnderflow, task.expected_bytes};
  return {};
}

}  // namespace

void TargetConnection::answer(Task& task) {
  if (task.outcome.status == kGood && task.is_read && !task.source.empty() && task.expected_bytes > 0) {
    sending_.push_back(&task);
    return;
  }
  send_response(task);
}

// Sends Data-In: one command after the other, or in random turns.
void TargetConnection::pump() {
  while (!sending_.empty() && !is_finished_) {
    const size_t turn = target_.options_.interleaves ? target_.random_.below(sending_.size()) : 0;
    send_data_in(*sending_[turn]);
  }
}

void TargetConnection::send_data_in(Task& task) {
  const auto total = static_cast<uint32_t>(std::min<uint64_t>(task.source.size(), task.expected_bytes));
  uint32_t length = std::min(total - task.sent_bytes, terms_.send_segment_max);
  length = std::min(length, terms_.burst_max - task.sent_bytes % terms_.burst_max);
  Header header(Op::data_in);
  uint32_t tag = task.tag;
  uint32_t offset = task.sent_bytes;
  ByteView payload = task.source.subspan(task.sent_bytes, length);
  if (!target_.script_.empty()) {
    if (const auto fault = target_.script_.fire(FaultKind::split, task.op)) {
      length = std::min(length, std::max(static_cast<uint32_t>(fault->value), 4u));
      payload = payload.first(length);
    }
    if (target_.script_.fire(FaultKind::wrong_tag, task.op)) tag = kTagNobodyUsed;
    if (target_.script_.fire(FaultKind::wrong_offset, task.op)) offset += 4096;
    if (target_.script_.fire(FaultKind::oversized, task.op)) {
      task.payload.assign(terms_.send_segment_max + 512, 0xee);
      payload = task.payload;
    }
  }
  task.sent_bytes += length;
  const bool is_last = task.sent_bytes == total;
  const bool has_status = is_last && target_.options_.collapses_status;
  unsigned flags = is_last || task.sent_bytes % terms_.burst_max == 0 ? kFinal : 0;
  if (has_status) {
    const Residual residual = residual_of(task);
    flags |= unsigned{kHasStatus} | residual.flag;
    header.u8(3, kGood).u32(44, residual.bytes);
  }
  header.u8(1, flags).u64(8, task.lun << 48).u32(16, tag).u32(20, kNoTag).u32(36, task.data_sn++).u32(40, offset);
  if (has_status) std::erase(tasks_, &task);  // before MaxCmdSN is computed
  append(number(header, has_status ? take_stat_sn() : 0), payload, task.op);
  if (!is_last) return;
  std::erase(sending_, &task);
  if (has_status) {
    finished_tag_ = task.tag;
    target_.give_back(task);
  } else {
    send_response(task);
  }
}

void TargetConnection::send_response(Task& task) {
  std::erase(tasks_, &task);
  std::erase_if(r2ts_, [&](const ReadyToTransfer& r2t) { return r2t.task == &task; });
  const Residual residual = residual_of(task);
  uint32_t tag = task.tag;
  if (!task.is_read && !target_.script_.empty() && target_.script_.fire(FaultKind::wrong_tag, task.op)) {
    tag = kTagNobodyUsed;
  }
  Header header(Op::response);
  header.u8(1, unsigned{kFinal} | residual.flag).u8(3, task.outcome.status).u32(16, tag);
  header.u32(36, task.data_sn + task.r2t_count).u32(44, residual.bytes);
  Bytes payload;
  if (task.outcome.status == kCheckCondition) {
    const Bytes sense = encode_sense(task.outcome.sense, target_.options_.uses_descriptor_sense);
    payload.push_back(0);
    payload.push_back(static_cast<uint8_t>(sense.size()));
    payload.insert(payload.end(), sense.begin(), sense.end());
  }
  append(number(header, take_stat_sn()), payload, task.op);
  finished_tag_ = task.tag;
  target_.give_back(task);
}

// Forgets a command without an answer.
void TargetConnection::drop_task(Task& task) {
  std::erase(tasks_, &task);
  std::erase(sending_, &task);
  std::erase_if(r2ts_, [&](const ReadyToTransfer& r2t) { return r2t.task == &task; });
  if (!task.is_scheduled) target_.give_back(task);
}

}  // namespace laneway::fake
