// The commands that a benchmark is made of, answered at once and without a Task: whole reads and writes with immediate
// data. Whatever else comes goes the general way.
#include <algorithm>

#include "target/fake_target.h"
#include "target/target_connection.h"

namespace laneway::fake {

namespace {

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kReads = 0x40;
constexpr uint8_t kWrites = 0x20;
constexpr uint8_t kHasStatus = 0x01;

Cdb cdb_of(const PduView& pdu) {
  Cdb cdb;
  std::copy_n(pdu.header.begin() + 32, cdb.size(), cdb.begin());
  return cdb;
}

}  // namespace

bool TargetConnection::takes_at_once() const {
  const TargetOptions& options = target_.options_;
  return options.answers_at_once && options.latency_min_ns == 0 && options.latency_max_ns == 0 && !is_discovery_ &&
         !terms_.digests.has_header && !terms_.digests.has_payload && !drop_in_bytes_ && !drop_out_bytes_;
}

// False where the command is to go the general way; nothing has happened then.
bool TargetConnection::take_at_once(const PduView& pdu) {
  if (is_mute_ || !target_.script_.empty()) return false;
  const Session* session = target_.session(session_);
  ScsiDisk* disk = target_.lun(decode_lun(pdu.u64(8)));
  if (session == nullptr || !session->attentions.empty() || disk == nullptr) return false;
  const auto move = disk->block_move(cdb_of(pdu));
  if (!move || move->refused.status != kGood || move->length_bytes == 0 || move->length_bytes != pdu.u32(20)) {
    return false;
  }
  const uint8_t flags = pdu.u8(1);
  if (!move->is_write) {
    if ((flags & kReads) == 0 || !pdu.payload.empty() || move->length_bytes > terms_.burst_max) return false;
    read_at_once(pdu, disk->disk().read(move->offset_bytes, move->length_bytes));
    return true;
  }
  const bool is_whole = (flags & kWrites) != 0 && (flags & kFinal) != 0 && pdu.payload.size() == move->length_bytes;
  if (!is_whole || !terms_.immediate_data || pdu.payload.size() > terms_.first_burst_max) return false;
  disk->disk().write(move->offset_bytes, pdu.payload, move->is_stable);
  ++target_.counters_.commands;
  ++target_.counters_.writes;
  Header header(Op::response);
  header.u8(1, kFinal).u32(16, pdu.u32(16));
  append_pdu(out_.own(), number(header, take_stat_sn()), {}, {});
  return true;
}

// One burst of Data-In straight from the medium, the status on the last.
void TargetConnection::read_at_once(const PduView& pdu, ByteView medium) {
  ++target_.counters_.commands;
  ++target_.counters_.reads;
  uint32_t data_sn = 0;
  for (size_t offset = 0; offset < medium.size();) {
    const ByteView part = medium.subspan(offset, std::min<size_t>(medium.size() - offset, terms_.send_segment_max));
    const bool is_last = offset + part.size() == medium.size();
    Header header(Op::data_in);
    header.u8(1, is_last ? unsigned{kFinal} | kHasStatus : 0).u64(8, pdu.u64(8)).u32(16, pdu.u32(16)).u32(20, kNoTag);
    header.u32(36, data_sn++).u32(40, static_cast<uint32_t>(offset));
    append_header(out_.own(), number(header, is_last ? take_stat_sn() : 0), part.size());
    out_.lend(part);  // a multiple of four bytes: no padding
    offset += part.size();
  }
}

}  // namespace laneway::fake
