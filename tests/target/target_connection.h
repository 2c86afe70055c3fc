#pragma once
// TargetConnection is one TCP connection to a FakeTarget: takes the initiator's bytes in pieces of any size, holds the
// bytes for it. Owned by whoever moves the bytes; must go before its FakeTarget. The target's thread.
// Tests and the simulation use received() and output(); a server that keeps the stream itself uses take_stream() and
// gather(), which copy less.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "target/out_stream.h"
#include "target/session.h"
#include "target/wire.h"

namespace laneway::fake {

class FakeTarget;
class LoginMachine;

class TargetConnection {
 public:
  TargetConnection(FakeTarget& target, uint64_t now_ns, uint16_t port = 1);
  TargetConnection(const TargetConnection&) = delete;
  TargetConnection& operator=(const TargetConnection&) = delete;
  ~TargetConnection();

  void received(ByteView bytes, uint64_t now_ns);
  // Takes the whole PDUs at the front of `stream`, of which the last `new_bytes` were not shown before, and returns
  // their bytes; the rest is to be shown again, with more behind it.
  size_t take_stream(ByteView stream, size_t new_bytes, uint64_t now_ns);
  // Bytes to send now; valid until the next call. Not where the target answers at once.
  ByteView output() const;
  // The same as pieces, as many as fit; returns their number.
  size_t gather(std::span<iovec> into);
  size_t unsent_bytes() const { return is_mute_ ? 0 : out_.unsent_bytes(); }
  void sent(size_t bytes);
  // The target is through with this connection: close it once output() is empty.
  bool is_finished() const { return is_finished_ && unsent_bytes() == 0; }
  // The initiator closed it.
  void closed();

 private:
  friend class FakeTarget;

  struct ReadyToTransfer {
    uint32_t tag = 0;
    Task* task = nullptr;
    uint32_t offset = 0;
    uint32_t length = 0;
    uint32_t received = 0;
    uint32_t data_sn = 0;
  };

  // Stream
  size_t take_pdus(ByteView stream);
  void take(const PduView& pdu);
  void take_login(const PduView& pdu);
  bool admits_sequence(const PduView& pdu);
  void abort();  // ends at once, unsent bytes are lost
  void detach();

  // Requests
  void take_command(const PduView& pdu);
  bool shows_command_fault(Task& task, const PduView& pdu);
  bool take_attention(Task& task);
  bool is_refused_by_port(Task& task) const;
  void take_first_payload(Task& task, const PduView& pdu);
  void take_data_out(const PduView& pdu);
  void take_unsolicited(Task& task, const PduView& pdu);
  void take_solicited(const PduView& pdu);
  bool add_payload(Task& task, ByteView bytes);
  void ask_for_data(Task& task);
  void accept(Task& task);
  void take_task_management(const PduView& pdu);
  void take_nop(const PduView& pdu);
  void take_text(const PduView& pdu);
  void take_logout(const PduView& pdu);

  // Commands that are answered at once
  bool takes_at_once() const;
  bool take_at_once(const PduView& pdu);
  void read_at_once(const PduView& pdu, ByteView medium);

  // Lies (hostility.h)
  struct DataLie {
    uint32_t data_sn = 0;
    uint32_t offset = 0;
    uint32_t bytes = 0;
    bool has_status = false;
  };
  bool lie(Task& task, std::string_view name);
  void lie_about_data(Task& task, std::string_view name);
  void lie_data_in(const Task& task, DataLie data);
  void lie_r2t(const Task& task, std::string_view name);
  void lie_storm(std::string_view name);
  bool lie_about_form(Task& task, std::string_view name);
  void drip(uint64_t now_ns);

  // Answers
  void answer(Task& task);
  void pump();
  void send_data_in(Task& task);
  void send_response(Task& task);
  void drop_task(Task& task);
  void send_reject(const PduView& pdu, uint8_t reason);
  void send_fence_response(uint32_t tag, uint8_t response);
  void send_async(uint8_t event, uint16_t parameter1, uint16_t parameter2, uint16_t parameter3);
  void send_ping();
  void announce_window();
  uint32_t take_stat_sn() { return stat_sn_++; }
  Header& number(Header& header, uint32_t stat_sn);  // StatSN, ExpCmdSN, MaxCmdSN
  void advance_window();
  void append(const Header& header, ByteView payload, OpFilter op);

  // Fixed after construction
  FakeTarget& target_;
  const uint16_t port_;
  std::optional<uint64_t> drop_in_bytes_;
  std::optional<uint64_t> drop_out_bytes_;

  std::unique_ptr<LoginMachine> login_;  // until full feature phase
  Bytes in_;                             // the beginning of a PDU
  OutStream out_;
  uint64_t in_total_ = 0;
  uint64_t out_total_ = 0;
  uint32_t session_ = 0;
  bool is_discovery_ = false;
  bool is_at_once_ = false;
  SessionTerms terms_;
  uint32_t stat_sn_ = 0;
  uint32_t exp_cmd_sn_ = 0;
  uint32_t max_cmd_sn_ = 0;
  uint32_t next_tag_ = 1;
  std::vector<Task*> tasks_;  // commands without an answer yet
  std::vector<Task*> sending_;
  std::vector<ReadyToTransfer> r2ts_;
  bool is_finished_ = false;
  bool is_mute_ = false;
  uint64_t drip_due_ns_ = kNever;  // of the next byte of a PDU that never ends
  uint32_t dripped_bytes_ = 0;
  uint32_t finished_tag_ = 0;  // of a command that was answered
};

}  // namespace laneway::fake
