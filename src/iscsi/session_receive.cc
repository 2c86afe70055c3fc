// From received bytes to PDUs: framing, digests, and the payload of reads, which goes to the task's memory.
#include <algorithm>

#include "iscsi/session.h"

namespace laneway::iscsi {
namespace {

// After payload that is received straight into a task's memory, this much more is taken in the same receive: enough for
// the headers and small PDUs behind it, little enough that the next large payload finds its way to its task again.
constexpr size_t kTailBytes = 16 * 1024;

// No target cuts a read into pieces smaller than a block.
constexpr uint32_t kCrumbBytes = 512;

}  // namespace

size_t Session::receive_into(std::span<iovec> into) {
  LW_ASSERT(into.size() >= 2);
  direct_bytes_ = 0;
  if (is_ended(state_) || state_ == SessionState::idle) return 0;
  const ByteSpan space = buffer_.free_space(needed_bytes_);
  LW_ASSERT(!space.empty());
  const bool is_direct = data_in_ != nullptr && buffer_.bytes().empty() && !limits_.has_data_digest &&
                         payload_left_bytes_ > 0 && payload_left_bytes_ >= options_.direct_receive_bytes_min;
  if (!is_direct) {
    into[0] = {space.data(), space.size()};
    return 1;
  }
  const DataCursor::Lent lent = data_in_->cursor.lend(payload_left_bytes_, into.first(into.size() - 1));
  direct_bytes_ = lent.bytes;
  if (lent.bytes < payload_left_bytes_) return lent.pieces;
  into[lent.pieces] = {space.data(), std::min(space.size(), kTailBytes)};
  return lent.pieces + 1;
}

void Session::received(size_t bytes, uint64_t now_ns) {
  LW_ASSERT(bytes > 0);
  now_ns_ = std::max(now_ns_, now_ns);
  if (is_ended(state_)) return;
  counters_.bytes_received += bytes;
  keep_alive_.heard(now_ns);
  const size_t direct = std::min(bytes, direct_bytes_);
  direct_bytes_ = 0;
  if (direct > 0) {
    data_in_->cursor.skip(direct);
    payload_left_bytes_ -= static_cast<uint32_t>(direct);
    counters_.payload_bytes_direct += direct;
  }
  buffer_.commit(bytes - direct);
  while (!is_ended(state_) && take_next_pdu()) {
  }
  pdu_clock_.look(data_in_ != nullptr || !buffer_.bytes().empty(), counters_.pdus_received, now_ns_);
}

// One step: a PDU, or what there is of a payload. False where more bytes are needed first.
bool Session::take_next_pdu() {
  needed_bytes_ = 0;
  if (data_in_ != nullptr) return take_payload();
  const ByteView bytes = buffer_.bytes();
  if (bytes.size() < kBhsBytes) return false;
  const PduHeader header = decode_header(bytes.first<kBhsBytes>());
  const size_t covered_bytes = kBhsBytes + header.ahs_bytes;
  const size_t header_bytes = covered_bytes + (limits_.has_header_digest ? kDigestBytes : 0);
  if (bytes.size() < header_bytes) return false;
  if (limits_.has_header_digest && !is_digest_right(bytes.first(covered_bytes), covered_bytes, "header")) return false;
  if (header.data_bytes > limits_.max_receive_segment_bytes) {
    fail_session(SessionFault::framing,
                 fmt::format("the target sent a data segment of {} bytes where {} were agreed on", header.data_bytes,
                             limits_.max_receive_segment_bytes));
    return false;
  }
  return take_header(header, header_bytes);
}

// A PDU whose header is whole. Data-In is taken as its payload arrives, all others when they are there to the last
// byte.
bool Session::take_header(const PduHeader& header, size_t header_bytes) {
  const ByteView bytes = buffer_.bytes();
  const Bhs bhs = bytes.first<kBhsBytes>();
  if (header.opcode == Opcode::data_in) {
    ++counters_.pdus_received;
    begin_data_in(bhs, header);
    if (is_ended(state_)) return false;
    buffer_.consume(header_bytes);
    return true;
  }
  const size_t payload_bytes = padded(header.data_bytes);
  const bool has_digest = limits_.has_data_digest && payload_bytes > 0;
  needed_bytes_ = header_bytes + payload_bytes + (has_digest ? kDigestBytes : 0);
  if (bytes.size() < needed_bytes_) return false;
  const ByteView payload = bytes.subspan(header_bytes, payload_bytes);
  if (has_digest && !is_digest_right(payload, header_bytes + payload_bytes, "data")) return false;
  const size_t whole_bytes = needed_bytes_;
  ++counters_.pdus_received;
  take_pdu(bhs, header, payload.first(header.data_bytes));
  if (is_ended(state_)) return false;
  buffer_.consume(whole_bytes);
  return true;
}

// Compares with the digest that stands at an offset of the buffer. Level 0 of error recovery has one remedy: a new
// session.
bool Session::is_digest_right(ByteView covered, size_t digest_offset, std::string_view what) {
  if (crc32c(covered) == load_le<uint32_t>(buffer_.bytes(), digest_offset)) return true;
  fail_session(SessionFault::digest,
               fmt::format("the {} digest of a PDU is wrong: bytes were damaged on the way", what));
  return false;
}

void Session::begin_data_in(Bhs bhs, const PduHeader& header) {
  TaskSlot* slot = find_task(header);
  if (slot == nullptr) return;
  const DataInPdu pdu = decode_data_in(bhs);
  const ScsiTask& task = *slot->task;
  if (task.direction != DataDirection::from_target) {
    return fail_session(SessionFault::range, "the target sent data for a command that reads none");
  }
  if (pdu.data_sn != slot->next_data_sn) {
    return fail_session(SessionFault::sequence,
                        fmt::format("the target sent Data-In {} where {} was next", pdu.data_sn, slot->next_data_sn));
  }
  // Agreed on in order, so that each byte comes once, and nothing overlaps (RFC 7143 13.18, 13.19).
  const uint32_t position = slot->cursor.position_bytes();
  if (pdu.offset_bytes != position || header.data_bytes > task.data_bytes - position) {
    return fail_session(SessionFault::range,
                        fmt::format("the target sent {} bytes at offset {} of a read of {} bytes, of which {} "
                                    "had arrived",
                                    header.data_bytes, pdu.offset_bytes, task.data_bytes, position));
  }
  // A little data with more to follow: a read of many blocks could come byte by byte.
  const bool is_crumb = header.data_bytes < kCrumbBytes && header.data_bytes < task.data_bytes - position;
  if (is_crumb && !pdu.has_status && !admit_noise()) return;
  // StatSN means something where there is a status only (11.7.4).
  if (pdu.has_status) {
    if (!take_stat_sn(bhs)) return;
  } else if (slot->next_data_sn == 0) {
    slot->task->first_data_ns = now_ns_;
  }
  const TargetNumbers target = decode_numbers(bhs);
  window_.update(target.exp_cmd_sn, target.max_cmd_sn);
  ++slot->next_data_sn;
  data_in_ = slot;
  data_in_pdu_ = pdu;
  payload_left_bytes_ = header.data_bytes;
  payload_padding_bytes_ = static_cast<uint32_t>(padded(header.data_bytes)) - header.data_bytes;
  has_payload_digest_ = limits_.has_data_digest && header.data_bytes > 0;
  payload_crc_ = Crc32c();
}

bool Session::take_payload() {
  if (payload_left_bytes_ > 0) {
    const ByteView bytes = buffer_.bytes();
    const ByteView part = bytes.first(std::min<size_t>(bytes.size(), payload_left_bytes_));
    if (part.empty()) return false;
    if (has_payload_digest_) payload_crc_.update(part);
    data_in_->cursor.copy_in(part);
    payload_left_bytes_ -= static_cast<uint32_t>(part.size());
    counters_.payload_bytes_copied += part.size();
    buffer_.consume(part.size());
    if (payload_left_bytes_ > 0) return false;
  }
  const size_t trailer_bytes = payload_padding_bytes_ + (has_payload_digest_ ? kDigestBytes : 0);
  const ByteView bytes = buffer_.bytes();
  if (bytes.size() < trailer_bytes) return false;
  if (has_payload_digest_) {
    payload_crc_.update(bytes.first(payload_padding_bytes_));
    if (payload_crc_.value() != load_le<uint32_t>(bytes, payload_padding_bytes_)) {
      fail_session(SessionFault::digest, "the data digest of a PDU is wrong: bytes were damaged on the way");
      return false;
    }
  }
  buffer_.consume(trailer_bytes);
  end_data_in();
  return true;
}

void Session::end_data_in() {
  TaskSlot& slot = *data_in_;
  data_in_ = nullptr;
  const DataInPdu& pdu = data_in_pdu_;
  if (!pdu.has_status) return;
  finish_answered(slot, pdu.scsi_status, pdu.is_overflow, pdu.is_underflow, pdu.residual_bytes);
}

}  // namespace laneway::iscsi
