#pragma once
// SessionBench runs one Session without a socket: it collects what the session sends, feeds it what a scripted target
// says in pieces of any size, and owns time. For tests and fuzzers; one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "iscsi/session.h"
#include "iscsi/testing/target_pdu.h"

namespace laneway::iscsi::testing {

SessionOptions bench_options();

// Answers of an obliging target to our operational keys: "No" R2T, immediate data, 64 KiB segments.
std::string obliging_keys();

// A task with memory of its own.
struct BenchTask : ScsiTask {
  std::vector<uint8_t> memory;
  std::vector<iovec> pieces;

  BenchTask() = default;
  // `piece_bytes` is the size of each piece of the memory but the last.
  BenchTask(DataDirection data_direction, uint32_t bytes, size_t piece_bytes = SIZE_MAX);
};

class SessionBench {
 public:
  explicit SessionBench(const SessionOptions& options = bench_options());
  ~SessionBench();  // takes everything back

  // All that the session wants to send, as PDUs, in sends of at most `chunk_bytes` and `pieces_max` pieces.
  std::vector<SentPdu> collect(size_t chunk_bytes = SIZE_MAX, size_t pieces_max = 256);
  // Feeds bytes in receives of at most `chunk_bytes`; stops when the session has ended.
  void feed(ByteView bytes, size_t chunk_bytes = SIZE_MAX, size_t pieces_max = 64);
  void feed(const TargetPdu& pdu, size_t chunk_bytes = SIZE_MAX) { feed(encode(pdu), chunk_bytes); }
  std::vector<uint8_t> encode(const TargetPdu& pdu) const { return pdu.encode(has_header_digest, has_data_digest); }

  // From start() to full feature with `keys` as the target's operational answer; false where that fails.
  bool log_in(const std::string& keys = obliging_keys());

  // PDUs of the target with the numbers that are next. StatSN is used up by those that carry a status.
  TargetPdu login_response(uint8_t stage, uint8_t next_stage, const std::string& text, bool is_transit = true);
  TargetPdu scsi_response(uint32_t tag, uint8_t scsi_status = 0);
  TargetPdu data_in(uint32_t tag, uint32_t data_sn, uint32_t offset, ByteView data, bool has_status);
  TargetPdu r2t(uint32_t tag, uint32_t r2t_sn, uint32_t offset, uint32_t length, uint32_t transfer_tag = 0x77);
  TargetPdu numbered(Opcode opcode, uint8_t flags = 0x80, bool uses_stat_sn = true);

  // Submits and collects the one command PDU that results.
  SentPdu send(ScsiTask& task);
  std::vector<ScsiTask*> take_finished();

  std::unique_ptr<Session> session;
  uint64_t now_ns = 1000;
  uint32_t stat_sn = 100;
  uint32_t exp_cmd_sn = 1;
  uint32_t max_cmd_sn = 64;
  bool has_header_digest = false;
  bool has_data_digest = false;
  bool is_sent_well_formed = true;  // padding and digests of all that was collected

 private:
  std::vector<uint8_t> sent_;
};

}  // namespace laneway::iscsi::testing
