#include "iscsi/testing/session_bench.h"

#include <algorithm>

namespace laneway::iscsi::testing {
namespace {

// Copies `bytes` to where the session wants them; returns how many there was room for.
size_t scatter(ByteView bytes, std::span<const iovec> into) {
  size_t done = 0;
  for (const iovec& piece : into) {
    const size_t run = std::min(piece.iov_len, bytes.size() - done);
    if (run > 0) std::memcpy(piece.iov_base, bytes.data() + done, run);
    done += run;
  }
  return done;
}

}  // namespace

SessionOptions bench_options() {
  SessionOptions options;
  options.initiator_name = "iqn.2026-11.io.laneway:host";
  options.target_name = "iqn.2026-11.test:disk";
  options.isid = make_isid(0x123456, 7);
  options.queue_depth = 16;
  return options;
}

std::string obliging_keys() {
  std::string text;
  append_key(text, "HeaderDigest", "None");
  append_key(text, "DataDigest", "None");
  append_key(text, "MaxRecvDataSegmentLength", "65536");
  append_key(text, "InitialR2T", "No");
  append_key(text, "ImmediateData", "Yes");
  append_key(text, "MaxBurstLength", "262144");
  append_key(text, "FirstBurstLength", "65536");
  append_key(text, "MaxOutstandingR2T", "1");
  append_key(text, "TargetPortalGroupTag", "1");
  return text;
}

BenchTask::BenchTask(DataDirection data_direction, uint32_t bytes, size_t piece_bytes) : memory(bytes) {
  lun = uint64_t{1} << 48;
  direction = data_direction;
  data_bytes = bytes;
  for (size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<uint8_t>(i * 7 + i / 251);
  for (size_t offset = 0; offset < memory.size();) {
    const size_t length = std::min(piece_bytes, memory.size() - offset);
    pieces.push_back({memory.data() + offset, length});
    offset += length;
  }
  data = pieces;
}

SessionBench::SessionBench(const SessionOptions& options) {
  auto opened = Session::open(options);
  LW_ASSERT(opened.has_value());
  session = std::move(*opened);
}

SessionBench::~SessionBench() {
  while (session->take_finished() != nullptr) {
  }
  while (session->take_finished_management() != nullptr) {
  }
  while (session->abandon() != nullptr) {
  }
  while (session->abandon_management() != nullptr) {
  }
}

std::vector<SentPdu> SessionBench::collect(size_t chunk_bytes, size_t pieces_max) {
  std::vector<SentPdu> pdus;
  std::vector<iovec> pieces(pieces_max);
  while (true) {
    const size_t count = session->send_from(pieces, 0);
    if (count == 0) break;
    size_t taken = 0;
    for (size_t i = 0; i < count && taken < chunk_bytes; ++i) {
      const size_t run = std::min(pieces[i].iov_len, chunk_bytes - taken);
      const auto* begin = static_cast<const uint8_t*>(pieces[i].iov_base);
      sent_.insert(sent_.end(), begin, begin + run);
      taken += run;
    }
    session->sent(taken, now_ns);
    is_sent_well_formed = decode_sent(sent_, has_header_digest, has_data_digest, pdus) && is_sent_well_formed;
  }
  return pdus;
}

void SessionBench::feed(ByteView bytes, size_t chunk_bytes, size_t pieces_max) {
  std::vector<iovec> pieces(pieces_max);
  while (!bytes.empty()) {
    const size_t count = session->receive_into(pieces);
    if (count == 0) return;
    const size_t run = scatter(bytes.first(std::min(bytes.size(), chunk_bytes)), std::span(pieces).first(count));
    session->received(run, now_ns);
    bytes = bytes.subspan(run);
  }
}

bool SessionBench::log_in(const std::string& keys) {
  session->start(now_ns);
  collect();
  feed(login_response(0, 1, std::string("AuthMethod=None\0", 16)));
  collect();
  feed(login_response(1, 3, keys));
  if (session->state() != SessionState::full_feature) return false;
  has_header_digest = session->limits().has_header_digest;
  has_data_digest = session->limits().has_data_digest;
  return true;
}

TargetPdu SessionBench::numbered(Opcode opcode, uint8_t flags, bool uses_stat_sn) {
  TargetPdu pdu(opcode, flags);
  pdu.set32(16, kReservedTag).set32(20, kReservedTag);
  pdu.set32(24, stat_sn).set32(28, exp_cmd_sn).set32(32, max_cmd_sn);
  if (uses_stat_sn) ++stat_sn;
  return pdu;
}

TargetPdu SessionBench::login_response(uint8_t stage, uint8_t next_stage, const std::string& text, bool is_transit) {
  const auto flags = static_cast<uint8_t>((is_transit ? 0x80 | next_stage : 0) | stage << 2);
  TargetPdu pdu = numbered(Opcode::login_response, flags);
  const Isid& isid = session->options().isid;
  std::copy(isid.begin(), isid.end(), pdu.bhs.begin() + 8);
  if (stage == 1) pdu.set16(14, 5);
  pdu.set32(16, 0xff01).set32(20, 0);
  return pdu.set_text(text);
}

TargetPdu SessionBench::scsi_response(uint32_t tag, uint8_t scsi_status) {
  TargetPdu pdu = numbered(Opcode::scsi_response);
  return pdu.set32(16, tag).set8(3, scsi_status);
}

TargetPdu SessionBench::data_in(uint32_t tag, uint32_t data_sn, uint32_t offset, ByteView data, bool has_status) {
  TargetPdu pdu = numbered(Opcode::data_in, has_status ? 0x81 : 0x00, has_status);
  return pdu.set32(16, tag).set32(36, data_sn).set32(40, offset).set_data(data);
}

TargetPdu SessionBench::r2t(uint32_t tag, uint32_t r2t_sn, uint32_t offset, uint32_t length, uint32_t transfer_tag) {
  TargetPdu pdu = numbered(Opcode::r2t, 0x80, false);
  return pdu.set32(16, tag).set32(20, transfer_tag).set32(36, r2t_sn).set32(40, offset).set32(44, length);
}

SentPdu SessionBench::send(ScsiTask& task) {
  session->submit(task);
  std::vector<SentPdu> pdus = collect();
  LW_ASSERT(!pdus.empty());
  return pdus.front();
}

std::vector<ScsiTask*> SessionBench::take_finished() {
  std::vector<ScsiTask*> tasks;
  while (ScsiTask* task = session->take_finished()) tasks.push_back(task);
  return tasks;
}

}  // namespace laneway::iscsi::testing
