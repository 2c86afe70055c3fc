// The stream of a connection: cutting PDUs out, sequence numbers, and everything that is not a SCSI command.
#include "target/target_connection.h"

#include <algorithm>

#include "target/fake_target.h"
#include "target/login_machine.h"

namespace laneway::fake {

namespace {

constexpr uint32_t kLoginPayloadMax = 65536;
constexpr uint8_t kDone = 0x80;
constexpr uint8_t kRejectProtocolError = 0x04;

// Serial number arithmetic (RFC 1982): is a at or before b?
bool is_at_or_before(uint32_t a, uint32_t b) { return static_cast<int32_t>(b - a) >= 0; }

}  // namespace

TargetConnection::TargetConnection(FakeTarget& target, uint64_t now_ns, uint16_t port)
    : target_(target), port_(port), login_(std::make_unique<LoginMachine>(target)) {
  target_.now_ns_ = std::max(target_.now_ns_, now_ns);
  if (const auto fault = target_.script_.fire(FaultKind::drop_in)) drop_in_bytes_ = fault->value;
  if (const auto fault = target_.script_.fire(FaultKind::drop_out)) drop_out_bytes_ = fault->value;
  if (target_.script_.fire(FaultKind::refuse)) is_finished_ = true;
  is_mute_ = target_.is_silent_;
}

TargetConnection::~TargetConnection() {
  detach();
  target_.forget(*this);
}

void TargetConnection::received(ByteView bytes, uint64_t now_ns) {
  if (in_.empty()) {
    const size_t taken = take_stream(bytes, bytes.size(), now_ns);
    in_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
  } else {
    in_.insert(in_.end(), bytes.begin(), bytes.end());
    const size_t taken = take_stream(in_, bytes.size(), now_ns);
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
}

size_t TargetConnection::take_stream(ByteView stream, size_t new_bytes, uint64_t now_ns) {
  target_.on_time(now_ns);
  if (is_finished_) return stream.size();
  bool is_cut = false;
  const size_t shown_bytes = stream.size();
  if (drop_in_bytes_ && in_total_ + new_bytes >= *drop_in_bytes_) {
    const size_t beyond = in_total_ + new_bytes - *drop_in_bytes_;
    stream = stream.first(stream.size() - beyond);
    new_bytes -= beyond;
    is_cut = true;
  }
  in_total_ += new_bytes;
  const size_t taken = take_pdus(stream);
  if (is_cut) abort();
  target_.pump_all();
  return is_finished_ ? shown_bytes : taken;
}

size_t TargetConnection::take_pdus(ByteView stream) {
  size_t taken = 0;
  while (!is_finished_) {
    const uint32_t payload_max = login_ ? kLoginPayloadMax : target_.options_.receive_segment_max;
    const CutPdu cut = cut_pdu(stream.subspan(taken), login_ ? Digests{} : terms_.digests, payload_max);
    if (cut.outcome == Cut::incomplete) break;
    taken += cut.taken_bytes;
    if (cut.outcome != Cut::whole) {  // recovery level 0: the session ends
      if (cut.outcome == Cut::too_long) target_.violate("a PDU is longer than MaxRecvDataSegmentLength (13.12)");
      if (cut.outcome == Cut::bad_header_digest) target_.violate("a header digest is wrong");
      if (cut.outcome == Cut::bad_payload_digest) target_.violate("a data digest is wrong");
      abort();
      break;
    }
    if (login_) {
      take_login(cut.pdu);
    } else {
      take(cut.pdu);
    }
  }
  return is_finished_ ? stream.size() : taken;
}

void TargetConnection::take_login(const PduView& pdu) {
  const LoginMachine::Progress progress = login_->take(pdu, out_.own());
  if (progress == LoginMachine::Progress::mute) is_mute_ = true;
  if (progress == LoginMachine::Progress::failed) is_finished_ = true;
  if (progress != LoginMachine::Progress::done) return;
  const Session& session = login_->session();
  session_ = session.number;
  if (Session* own = target_.session(session_)) own->port = port_;
  is_discovery_ = session.is_discovery;
  terms_ = session.terms;
  stat_sn_ = login_->next_stat_sn();
  exp_cmd_sn_ = login_->cmd_sn();
  max_cmd_sn_ = exp_cmd_sn_ + std::max(target_.options_.command_window, 1u) - 1;
  login_.reset();
  is_at_once_ = takes_at_once();
}

void TargetConnection::take(const PduView& pdu) {
  const Op op = pdu.op();
  if (op != Op::data_out && !admits_sequence(pdu)) return abort();
  switch (op) {
    case Op::command:
      if (is_at_once_ && take_at_once(pdu)) return;
      return is_discovery_ ? send_reject(pdu, kRejectProtocolError) : take_command(pdu);
    case Op::data_out:
      return take_data_out(pdu);
    case Op::task_management:
      return take_task_management(pdu);
    case Op::nop_out:
      return take_nop(pdu);
    case Op::text:
      return take_text(pdu);
    case Op::logout:
      return take_logout(pdu);
    default:
      break;
  }
  target_.violate("a PDU of an unknown or misplaced kind");
  send_reject(pdu, kRejectProtocolError);
}

// CmdSN and ExpStatSN (RFC 7143 clause 4.2.2).
bool TargetConnection::admits_sequence(const PduView& pdu) {
  if (!is_at_or_before(pdu.u32(28), stat_sn_)) {
    target_.violate("ExpStatSN acknowledges what was never sent (4.2.2.2)");
    return false;
  }
  const uint32_t cmd_sn = pdu.u32(24);
  if (pdu.is_immediate()) return true;
  if (cmd_sn != exp_cmd_sn_) {
    target_.violate("CmdSN is not the next one (4.2.2.1)");
    return false;
  }
  if (!is_at_or_before(cmd_sn, max_cmd_sn_)) {
    target_.violate("CmdSN is beyond MaxCmdSN (4.2.2.1)");
    return false;
  }
  ++exp_cmd_sn_;
  return true;
}

void TargetConnection::advance_window() {
  const uint32_t window = target_.command_window_;
  const uint32_t busy = static_cast<uint32_t>(tasks_.size());
  if (window <= busy) return;
  const uint32_t wanted = exp_cmd_sn_ - 1 + (window - busy);
  if (is_at_or_before(max_cmd_sn_, wanted)) max_cmd_sn_ = wanted;  // it never goes back
}

Header& TargetConnection::number(Header& header, uint32_t stat_sn) {
  advance_window();
  return header.u32(24, stat_sn).u32(28, exp_cmd_sn_).u32(32, max_cmd_sn_);
}

void TargetConnection::append(const Header& header, ByteView payload, OpFilter op) {
  if (is_mute_ || is_finished_) return;
  Spoil spoil;
  if (!target_.script_.empty()) {
    spoil.is_header_digest = target_.script_.fire(FaultKind::bad_header_digest, op).has_value();
    spoil.is_payload_digest = !payload.empty() && target_.script_.fire(FaultKind::bad_payload_digest, op).has_value();
  }
  append_pdu(out_.own(), header, payload, terms_.digests, spoil);
}

ByteView TargetConnection::output() const {
  if (is_mute_) return {};
  ByteView ready = out_.contiguous();
  if (drop_out_bytes_) ready = ready.first(std::min<uint64_t>(ready.size(), *drop_out_bytes_ - out_total_));
  return ready;
}

size_t TargetConnection::gather(std::span<iovec> into) {
  if (is_mute_ || unsent_bytes() == 0) return 0;
  if (!drop_out_bytes_) return out_.gather(into);
  const ByteView ready = output();
  into[0] = {const_cast<uint8_t*>(ready.data()), ready.size()};  // sendmsg() only reads
  return ready.empty() ? 0 : 1;
}

void TargetConnection::sent(size_t bytes) {
  out_.sent(bytes);
  out_total_ += bytes;
  if (drop_out_bytes_ && out_total_ >= *drop_out_bytes_) abort();
}

void TargetConnection::abort() {
  is_finished_ = true;
  out_.clear();
  detach();
}

void TargetConnection::closed() { abort(); }

void TargetConnection::detach() {
  r2ts_.clear();
  sending_.clear();
  for (Task* task : tasks_) {
    task->is_mute = true;
    if (!task->is_scheduled) target_.give_back(*task);
  }
  tasks_.clear();
  if (session_ != 0) target_.end_session(session_);
  session_ = 0;
}

void TargetConnection::take_nop(const PduView& pdu) {
  ++target_.counters_.nops;
  if (pdu.u32(16) == kNoTag) return;  // an answer to a ping, or nothing to answer
  if (target_.script_.fire(FaultKind::mute_nop)) return;
  Header header(Op::nop_in);
  header.u8(1, kDone).u64(8, pdu.u64(8)).u32(16, pdu.u32(16)).u32(20, kNoTag);
  append(number(header, take_stat_sn()), pdu.payload, OpFilter::any);
}

void TargetConnection::send_ping() {
  if (login_) return;
  Header header(Op::nop_in);
  header.u8(1, kDone).u32(16, kNoTag).u32(20, next_tag_++);
  append(number(header, stat_sn_), {}, OpFilter::any);
}

void TargetConnection::announce_window() {
  if (login_ || session_ == 0) return;
  Header header(Op::nop_in);
  header.u8(1, kDone).u32(16, kNoTag).u32(20, kNoTag);
  append(number(header, stat_sn_), {}, OpFilter::any);
}

void TargetConnection::take_text(const PduView& pdu) {
  TextPairs pairs;
  Bytes reply;
  const bool is_text = read_text(pdu.payload, pairs);
  const std::string* wanted = find_text(pairs, "SendTargets");
  if (!is_text || wanted == nullptr) return send_reject(pdu, kRejectProtocolError);
  if (*wanted == "All" || wanted->empty() || *wanted == target_.options_.name) {
    append_text(reply, "TargetName", target_.options_.name);
    append_text(reply, "TargetAddress", target_.options_.portal + "," + std::to_string(target_.options_.portal_group));
  }
  Header header(Op::text_response);
  header.u8(1, kDone).u64(8, pdu.u64(8)).u32(16, pdu.u32(16)).u32(20, kNoTag);
  append(number(header, take_stat_sn()), reply, OpFilter::any);
}

void TargetConnection::take_logout(const PduView& pdu) {
  ++target_.counters_.logouts;
  Header header(Op::logout_response);
  header.u8(1, kDone).u32(16, pdu.u32(16)).u16(40, static_cast<uint16_t>(target_.options_.time_to_wait_s));
  header.u16(42, static_cast<uint16_t>(target_.options_.time_to_retain_s));
  append(number(header, take_stat_sn()), {}, OpFilter::any);
  is_finished_ = true;
  detach();
}

void TargetConnection::send_reject(const PduView& pdu, uint8_t reason) {
  Header header(Op::reject);
  header.u8(1, kDone).u8(2, reason).u32(16, kNoTag);
  append(number(header, take_stat_sn()), pdu.header, OpFilter::any);
}

void TargetConnection::send_async(uint8_t event, uint16_t parameter1, uint16_t parameter2, uint16_t parameter3) {
  if (login_ || session_ == 0) return;
  Header header(Op::async);
  header.u8(1, kDone).u32(16, kNoTag).u8(36, event).u16(38, parameter1).u16(40, parameter2).u16(42, parameter3);
  append(number(header, take_stat_sn()), {}, OpFilter::any);
}

void TargetConnection::send_fence_response(uint32_t tag, uint8_t response) {
  Header header(Op::task_management_response);
  header.u8(1, kDone).u8(2, response).u32(16, tag);
  append(number(header, take_stat_sn()), {}, OpFilter::any);
}

}  // namespace laneway::fake
