// From tasks to PDUs: what is sent next, in which order, and how it is laid into the send queue.
#include <algorithm>

#include "iscsi/session.h"

namespace laneway::iscsi {
namespace {

// A PDU takes at most this many pieces of a task's memory; one of more pieces is sent as several PDUs.
constexpr size_t kPduPiecesMax = 128;
// Basic header, header digest, padding, data digest.
constexpr size_t kPduStorageBytes = kBhsBytes + kDigestBytes + 3 + kDigestBytes;
// With data digests the payload is copied, so that what was summed is what is sent, whatever the guest does to its
// memory in between: a target that finds a wrong digest drops the connection.
constexpr uint32_t kCopiedPayloadBytesMax = 64 * 1024;
constexpr size_t kTextStorageBytes = 8192;

}  // namespace

// The header of a PDU whose payload is being added.
struct Session::OpenPdu {
  ByteSpan header;  // with room for the digest
  Crc32c payload_crc;
  BhsSpan bhs() const { return header.first<kBhsBytes>(); }
};

size_t Session::send_from(std::span<iovec> into, uint64_t now_ns) {
  now_ns_ = std::max(now_ns_, now_ns);
  fill();
  return is_ended(state_) ? 0 : send_.gather(into);
}

void Session::sent(size_t bytes, uint64_t now_ns) {
  now_ns_ = std::max(now_ns_, now_ns);
  counters_.bytes_sent += bytes;
  send_.sent(bytes);
  if (!held_.empty()) release_held();
}

bool Session::has_room() const {
  const size_t copied = limits_.has_data_digest ? kCopiedPayloadBytesMax : 0;
  return send_.has_room(kPduPiecesMax + 2, kPduStorageBytes + copied);
}

void Session::fill() {
  if (state_ == SessionState::draining) check_times(now_ns_);
  if (is_ended(state_) || state_ == SessionState::idle) return;
  while (send_.has_room(2, kPduStorageBytes + kTextStorageBytes) && encode_urgent()) {
  }
  const bool may_command = state_ == SessionState::full_feature;
  const bool may_send_data = may_command || state_ == SessionState::draining;
  // By turns, so that neither a large write nor a stream of commands holds the other up.
  bool has_more = may_send_data;
  while (has_more && has_room()) {
    has_more = may_command && encode_next_command();
    if (has_room() && encode_next_data_out()) has_more = true;
  }
}

// What is not a task, most urgent first; false where there is nothing.
bool Session::encode_urgent() {
  if (state_ == SessionState::login) {
    if (!has_login_request_) return false;
    encode_login_request();
    return true;
  }
  if (has_logout_to_send_) {
    has_logout_to_send_ = false;
    OpenPdu pdu = open_pdu();
    logout_tag_ = make_tag(++tag_generation_, TagKind::logout);
    encode_logout(pdu.bhs(), logout_tag_, numbers());
    close_pdu(pdu, 0);
    return true;
  }
  if (state_ == SessionState::logging_out) return false;
  if (ping_answer_count_ > 0) {
    OpenPdu pdu = open_pdu();
    encode_nop_out(pdu.bhs(), ping_answers_[--ping_answer_count_], numbers());
    close_pdu(pdu, 0);
    ++counters_.pings_answered;
    return true;
  }
  if (has_ping_to_send_) {
    has_ping_to_send_ = false;
    OpenPdu pdu = open_pdu();
    encode_nop_out(pdu.bhs(), {.task_tag = ping_tag_}, numbers());
    close_pdu(pdu, 0);
    ++counters_.pings_sent;
    return true;
  }
  if (management_.front_to_send() != nullptr) {
    encode_management();
    return true;
  }
  if (!text_.has_request()) return false;
  encode_text_request();
  return true;
}

Session::OpenPdu Session::open_pdu() {
  const size_t digest_bytes = limits_.has_header_digest ? kDigestBytes : 0;
  ++counters_.pdus_sent;
  return {.header = send_.add_storage(kBhsBytes + digest_bytes), .payload_crc = {}};
}

// Adds payload from where the task's cursor stands and moves it on; returns how much, which is less than asked for
// where the memory is in very many pieces.
uint32_t Session::add_payload(OpenPdu& pdu, TaskSlot& slot, uint32_t bytes_max) {
  if (limits_.has_data_digest) {
    const ByteSpan copy = send_.add_storage(std::min(bytes_max, kCopiedPayloadBytesMax));
    slot.cursor.copy_out(copy);
    pdu.payload_crc.update(copy);
    return static_cast<uint32_t>(copy.size());
  }
  const std::span<iovec> room = send_.free_pieces().first(kPduPiecesMax);
  DataCursor::Lent lent = slot.cursor.lend(bytes_max, room);
  LW_ASSERT(lent.bytes == bytes_max || lent.pieces == kPduPiecesMax);
  // All PDUs of a sequence but the last carry whole words (RFC 7143 11.7.6).
  if (lent.bytes < bytes_max) lent = slot.cursor.lend(lent.bytes & ~size_t{3}, room);
  send_.commit_pieces(lent.pieces, lent.bytes);
  slot.cursor.skip(lent.bytes);
  slot.send_end = send_.end_position();
  return static_cast<uint32_t>(lent.bytes);
}

void Session::add_text(OpenPdu& pdu, std::string_view text) {
  LW_ASSERT(text.size() <= kTextStorageBytes);
  if (text.empty()) return;
  const ByteView bytes = bytes_of_text(text);
  std::copy(bytes.begin(), bytes.end(), send_.add_storage(bytes.size()).begin());
  pdu.payload_crc.update(bytes);
}

// When the basic header is encoded and the payload added: digests and padding.
void Session::close_pdu(OpenPdu& pdu, uint32_t data_bytes) {
  if (limits_.has_header_digest) store_le<uint32_t>(pdu.header, kBhsBytes, crc32c(pdu.bhs()));
  if (data_bytes == 0) return;
  const size_t padding_bytes = padded(data_bytes) - data_bytes;
  const size_t digest_bytes = limits_.has_data_digest ? kDigestBytes : 0;
  if (padding_bytes + digest_bytes == 0) return;
  const ByteSpan trailer = send_.add_storage(padding_bytes + digest_bytes);
  std::fill_n(trailer.begin(), padding_bytes, uint8_t{0});
  if (digest_bytes == 0) return;
  pdu.payload_crc.update(trailer.first(padding_bytes));
  store_le<uint32_t>(trailer, padding_bytes, pdu.payload_crc.value());
}

void Session::encode_login_request() {
  has_login_request_ = false;
  const std::string& text = login_->text();
  OpenPdu pdu = open_pdu();
  encode_login(pdu.bhs(),
               {.is_transit = login_->is_transit(),
                .current_stage = login_->stage(),
                .next_stage = login_->next_stage(),
                .isid = options_.isid,
                .task_tag = make_tag(0, TagKind::login),
                .data_bytes = static_cast<uint32_t>(text.size())},
               numbers());
  add_text(pdu, text);
  close_pdu(pdu, static_cast<uint32_t>(text.size()));
}

void Session::encode_management() {
  ManagementTable::Slot& slot = management_.send_front(now_ns_ + options_.management_timeout_ns);
  const TaskManagement& function = *slot.function;
  TaskSlot* referenced = function.function == TaskFunction::abort_task ? table_.find(function.task_tag) : nullptr;
  if (function.function == TaskFunction::abort_task && referenced == nullptr) {
    return management_.finish(slot, TaskFunctionResponse::no_such_task);  // answered in the meantime
  }
  OpenPdu pdu = open_pdu();
  encode_task_management(pdu.bhs(),
                         {.function = static_cast<uint8_t>(function.function),
                          .lun = function.lun,
                          .task_tag = slot.tag,
                          .referenced_tag = function.task_tag,
                          .referenced_cmd_sn = referenced != nullptr ? referenced->cmd_sn : 0},
                         numbers());
  close_pdu(pdu, 0);
}

void Session::encode_text_request() {
  const auto data_bytes = static_cast<uint32_t>(text_.text().size());
  OpenPdu pdu = open_pdu();
  encode_text(pdu.bhs(), {.task_tag = text_.tag(), .transfer_tag = text_.transfer_tag(), .data_bytes = data_bytes},
              numbers());
  add_text(pdu, text_.text());
  close_pdu(pdu, data_bytes);
  text_.requested();
}

// False where no task waits or none may be sent now.
bool Session::encode_next_command() {
  ScsiTask* task = waiting_.front();
  if (task == nullptr || !table_.has_free() || management_.holds_tasks()) return false;
  if (!window_.is_open()) {
    if (!is_window_counted_) ++counters_.window_closed;
    is_window_counted_ = true;
    return false;
  }
  is_window_counted_ = false;
  task->unlink();
  active_.push_back(*task);
  TaskSlot& slot = table_.take(*task);
  task->task_tag = slot.tag;
  task->was_sent = true;
  task->sent_ns = now_ns_;
  task->r2t_ns = task->first_data_ns = 0;
  encode_command(slot);
  return true;
}

void Session::encode_command(TaskSlot& slot) {
  const ScsiTask& task = *slot.task;
  const bool is_write = task.direction == DataDirection::to_target;
  const uint32_t unsolicited_max = is_write ? std::min(task.data_bytes, limits_.first_burst_bytes) : 0;
  OpenPdu pdu = open_pdu();
  uint32_t immediate = 0;
  if (limits_.has_immediate_data && unsolicited_max > 0) {
    immediate = add_payload(pdu, slot, std::min(unsolicited_max, limits_.max_send_segment_bytes));
  }
  const uint32_t later = limits_.is_initial_r2t ? 0 : unsolicited_max - immediate;
  const RequestNumbers sequence{window_.take(), exp_stat_sn_};
  slot.cmd_sn = sequence.cmd_sn;
  slot.next_r2t_offset_bytes = immediate + later;
  encode_scsi_command(pdu.bhs(),
                      {.is_final = later == 0,
                       .is_read = task.direction == DataDirection::from_target,
                       .is_write = is_write,
                       .attribute = static_cast<uint8_t>(task.attribute),
                       .data_bytes = immediate,
                       .lun = task.lun,
                       .task_tag = slot.tag,
                       .expected_bytes = task.direction == DataDirection::none ? 0 : task.data_bytes,
                       .cdb = task.cdb},
                      sequence);
  close_pdu(pdu, immediate);
  if (later == 0) return;
  slot.transfers.push({.lun = task.lun, .transfer_tag = kReservedTag, .offset_bytes = immediate, .left_bytes = later});
  senders_.push_back(slot);
}

// One Data-Out PDU of the task that has waited longest; false where none has data to send.
bool Session::encode_next_data_out() {
  TaskSlot* slot = senders_.front();
  if (slot == nullptr) return false;
  Transfer& transfer = slot->transfers.front();
  if (transfer.data_sn == 0) slot->cursor.skip(transfer.offset_bytes - slot->cursor.position_bytes());

  OpenPdu pdu = open_pdu();
  const uint32_t bytes = add_payload(pdu, *slot, std::min(transfer.left_bytes, limits_.max_send_segment_bytes));
  const bool is_last = bytes == transfer.left_bytes;
  encode_data_out(pdu.bhs(),
                  {.is_final = is_last,
                   .data_bytes = bytes,
                   .lun = transfer.lun,
                   .task_tag = slot->tag,
                   .transfer_tag = transfer.transfer_tag,
                   .data_sn = transfer.data_sn,
                   .offset_bytes = transfer.offset_bytes},
                  exp_stat_sn_);
  close_pdu(pdu, bytes);
  transfer.offset_bytes += bytes;
  transfer.left_bytes -= bytes;
  ++transfer.data_sn;
  if (!is_last) return true;
  if (transfer.transfer_tag != kReservedTag) --slot->r2t_count;
  slot->transfers.pop();
  if (slot->transfers.count() == 0) slot->unlink();
  return true;
}

}  // namespace laneway::iscsi
