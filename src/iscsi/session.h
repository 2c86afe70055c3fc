#pragma once
// Session is one iSCSI session with one connection (RFC 7143, error recovery level 0) as a stepper: the caller owns the
// socket and the time, the session turns received bytes into finished tasks and submitted tasks into bytes to send.
// Owned by one back-end queue, home reactor only. Made for one connection: after a failure a new Session with the same
// ISID is opened.

#include <sys/uio.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iscsi/command_window.h"
#include "iscsi/crc32c.h"
#include "iscsi/keep_alive.h"
#include "iscsi/login.h"
#include "iscsi/management_table.h"
#include "iscsi/noise_limit.h"
#include "iscsi/options.h"
#include "iscsi/pdu.h"
#include "iscsi/pdu_clock.h"
#include "iscsi/receive_buffer.h"
#include "iscsi/redirect.h"
#include "iscsi/scsi_task.h"
#include "iscsi/send_queue.h"
#include "iscsi/session_fault.h"
#include "iscsi/session_limits.h"
#include "iscsi/task_table.h"
#include "iscsi/text_exchange.h"

namespace laneway::iscsi {

enum class SessionState : uint8_t {
  idle,          // before start()
  login,         // talking, no task is sent yet; submit() is allowed
  full_feature,  // tasks flow
  draining,     // the target asked for a logout: no new task is sent, running ones may finish, then a logout follows by
                // itself
  logging_out,  // logout() was called or draining ended; nothing but its answer is awaited
  logged_out,   // the end, in order
  redirected,   // the end: log in at redirect() instead
  failed,       // the end: failure() says why
};

// True in the states in which a session does nothing any more.
constexpr bool is_ended(SessionState state) { return state >= SessionState::logged_out; }

// A SCSI asynchronous event that the target reported (RFC 7143 11.9, event 0).
struct AsyncSense {
  uint64_t lun = 0;
  uint16_t sense_bytes = 0;
  std::array<uint8_t, 96> sense_storage{};
  ByteView sense() const { return ByteView(sense_storage).first(sense_bytes); }
};

// Running totals, for people.
struct SessionCounters {
  uint64_t pdus_sent = 0;
  uint64_t pdus_received = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t payload_bytes_direct = 0;  // read payload received straight into task memory
  uint64_t payload_bytes_copied = 0;  // read payload copied out of the receive buffer
  uint64_t window_closed = 0;         // times a task waited for MaxCmdSN
  uint64_t pings_sent = 0;
  uint64_t pings_answered = 0;  // the target's pings
  uint64_t rejects = 0;
};

// Pump:
//   open(options); connect a socket; start(now);
//   whenever no send is in flight: n = send_from(v); if n > 0 send v[0..n), then sent(bytes, now)
//   whenever no receive is in flight: n = receive_into(v); receive v[0..n), then received(bytes, now)
//   after each of these and after on_time(): take_finished(), take_finished_management(), look at state()
//   arm a timer for next_deadline_ns() and call on_time(now) when it comes
// At the end (failed, logged_out, redirected, or when the caller gives up): close the socket, wait until neither a send
// nor a receive is in flight, take_finished() until null, then abandon() until null. Only then may the Session be
// destroyed.
//
// Memory handed to the kernel: what send_from() and receive_into() return stays valid until the matching
// sent()/received(), and a task comes back only when no byte of its memory is part of a send or receive that is in
// flight. At most one send and one receive are in flight at a time; both may complete with any number of bytes, or
// fail.
//
// Nothing is allocated between full feature and the end, whatever the target sends; every number of the target is
// checked, and the first wrong one fails the session with an Error that names it.
class Session {
 public:
  // Refuses options that check_options() refuses. Allocates what the session will ever need except the receive buffer,
  // which start() allocates.
  static Result<std::unique_ptr<Session>> open(const SessionOptions& options);
  ~Session();  // only when abandon() and abandon_management() have nothing left to give back
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Begins login: bytes to send are there afterwards. Call once, when the connection is established.
  void start(uint64_t now_ns);

  // Fills in where the next received bytes go, in order, and returns the number of pieces (0 when ended; else at least
  // 1, and never less than one byte in all). `into` needs room for 2 pieces; more is used for direct reads.
  size_t receive_into(std::span<iovec> into);
  // So much of a payload is still to come that it is received in place.
  bool is_in_large_payload() const {
    return data_in_ != nullptr && payload_left_bytes_ >= options_.direct_receive_bytes_min;
  }
  // `bytes` > 0 of those arrived. Finishes tasks, may change the state.
  void received(size_t bytes, uint64_t now_ns);

  // Gathers what is to be sent now, many PDUs at once, and returns the number of pieces; 0 where there is nothing.
  // Called again without sent() it begins with the same bytes.
  size_t send_from(std::span<iovec> into, uint64_t now_ns);
  // The first `bytes` of those were taken by the kernel and are not read again.
  void sent(size_t bytes, uint64_t now_ns);

  // The connection ended or failed (end of stream, reset, connect failure): the session fails with `why`.
  void connection_lost(std::string_view why);

  // Time. on_time() may be called at any time; next_deadline_ns() is kNever where nothing is awaited.
  void on_time(uint64_t now_ns);
  uint64_t next_deadline_ns() const;

  // Accepts a task: it is sent in order of submission, as soon as login is done, a slot is free and the target's
  // command window is open. Allowed in every state; in an ended one it waits for abandon(). The task finishes later,
  // never in here.
  void submit(ScsiTask& task);
  // Takes back a task that was not sent yet; false where (part of) it was. It is not finished: its outcome stays
  // pending.
  bool withdraw(ScsiTask& task);
  // A task that is finished, in order of completion, or null.
  ScsiTask* take_finished();
  // Tasks accepted and not given back yet.
  uint32_t task_count() const;

  // Accepts a task management function (RFC 7143 11.5); sent ahead of waiting tasks. While one that covers more than
  // one task is under way, no new task is sent. When the target answers that a function is complete, the tasks it
  // covers finish with TaskOutcome::aborted, before the function itself does. abort_task of an unsent task completes
  // without the target.
  void submit(TaskManagement& function);
  TaskManagement* take_finished_management();

  // Ends the session in order: sends a Logout for the session and waits for the answer. Tasks not finished by then are
  // for abandon(). Nothing where the session is logging out or ended; a session still in login ends at once.
  void logout(uint64_t now_ns);

  // Text exchange in full feature, for SendTargets (discovery.h): one at a time. The answer is the whole of a sequence
  // of Text Responses, at most kTextBytesMax, keys ended by NUL.
  static constexpr size_t kTextBytesMax = 1024 * 1024;
  void request_text(std::string_view keys);  // "SendTargets=All\0"
  bool is_text_pending() const;
  std::optional<std::string> take_text();  // once, when the answer is complete

  // Gives back the tasks that are not finished, in order of submission, with TaskOutcome::lost; null when none is left.
  // Only in an ended state or when the caller gives the connection up, and only while no send and no receive is in
  // flight. The first call ends the session.
  ScsiTask* abandon();
  TaskManagement* abandon_management();

  SessionState state() const;
  const Error& failure() const;                     // state failed
  SessionFault fault() const;                       // likewise: its kind
  const std::optional<Redirect>& redirect() const;  // state redirected
  // True where failure() is a refusal of the target's that will be repeated at the next attempt (wrong secret, unknown
  // target, no permission), so that trying again soon is no use.
  bool is_refusal() const;
  const SessionLimits& limits() const;
  const SessionOptions& options() const;
  const SessionCounters& counters() const;
  std::string_view target_alias() const;  // TargetAlias, empty where the target gave none
  // Seconds that the target asked us to wait before the next login, from an async message or a logout answer; else
  // DefaultTime2Wait.
  uint16_t reconnect_wait_s() const;

  // SCSI asynchronous events, oldest first; false where there is none. At most 8 are kept; later ones are dropped.
  bool take_async_sense(AsyncSense& out);

 private:
  explicit Session(const SessionOptions& options);

  // session.cc: life and time
  void fail_session(SessionFault fault, std::string_view why);
  void fail_session(SessionFault fault, ErrorCode code, std::string_view why);
  // One more PDU that brought nothing forward; false where that was one too many, and the session failed.
  bool admit_noise();
  void end(SessionState state);
  void begin_draining(uint64_t for_ns);
  void check_times(uint64_t now_ns);

  // session_tasks.cc: tasks between the caller and the table
  void finish_answered(TaskSlot& slot, uint8_t scsi_status, bool is_overflow, bool is_underflow,
                       uint32_t residual_bytes);
  void finish(TaskSlot& slot, TaskOutcome outcome);
  void release(TaskSlot& slot);
  void release_held();
  void abort_covered(const ManagementTable::Slot& slot);

  // session_send.cc: from tasks to PDUs
  struct OpenPdu;
  void fill();
  bool has_room() const;
  bool encode_urgent();
  bool encode_next_command();
  bool encode_next_data_out();
  void encode_command(TaskSlot& slot);
  void encode_login_request();
  void encode_management();
  void encode_text_request();
  OpenPdu open_pdu();
  uint32_t add_payload(OpenPdu& pdu, TaskSlot& slot, uint32_t bytes_max);
  void add_text(OpenPdu& pdu, std::string_view text);
  void close_pdu(OpenPdu& pdu, uint32_t data_bytes);
  RequestNumbers numbers() const { return {window_.cmd_sn(), exp_stat_sn_}; }

  // session_receive.cc: from bytes to PDUs
  bool take_next_pdu();
  bool take_header(const PduHeader& header, size_t header_bytes);
  void begin_data_in(Bhs bhs, const PduHeader& header);
  bool take_payload();
  void end_data_in();
  bool is_digest_right(ByteView covered, size_t digest_offset, std::string_view what);

  // session_answers.cc: what the PDUs of a target other than Data-In mean
  void take_pdu(Bhs bhs, const PduHeader& header, ByteView payload);
  bool take_stat_sn(Bhs bhs);
  TaskSlot* find_task(const PduHeader& header);
  void take_login_response(Bhs bhs, const PduHeader& header, ByteView payload);
  void take_scsi_response(Bhs bhs, const PduHeader& header, ByteView payload);
  void take_r2t(Bhs bhs, const PduHeader& header);
  void take_nop_in(Bhs bhs, const PduHeader& header);
  void take_management_response(Bhs bhs, const PduHeader& header);
  void take_text_response(Bhs bhs, const PduHeader& header, ByteView payload);
  void take_logout_response(Bhs bhs, const PduHeader& header);
  void take_async(Bhs bhs, const PduHeader& header, ByteView payload);
  void take_async_sense(const PduHeader& header, ByteView payload);
  void take_reject(Bhs bhs, ByteView payload);
  void take_rejected(Bhs rejected, uint8_t reason);

  static constexpr size_t kAsyncSenseMax = 8;
  static constexpr size_t kPingAnswersMax = 32;

  // Fixed after construction
  const SessionOptions options_;

  // Home reactor only
  SessionState state_ = SessionState::idle;
  Error failure_;
  SessionFault fault_ = SessionFault::none;
  bool is_refusal_ = false;
  std::optional<Redirect> redirect_;
  SessionLimits limits_;
  SessionCounters counters_;
  std::string target_alias_;
  std::optional<uint16_t> asked_wait_s_;
  uint64_t now_ns_ = 0;                  // as the caller last said
  uint64_t state_deadline_ns_ = kNever;  // of login, draining or logging_out

  std::optional<Login> login_;
  bool has_login_request_ = false;
  CommandWindow window_;
  uint32_t exp_stat_sn_ = 0;
  KeepAlive keep_alive_;
  PduClock pdu_clock_;
  NoiseLimit noise_;
  uint32_t tag_generation_ = 0;
  uint32_t ping_tag_ = kReservedTag;
  bool has_ping_to_send_ = false;
  std::array<NopOutPdu, kPingAnswersMax> ping_answers_;
  size_t ping_answer_count_ = 0;
  bool has_logout_to_send_ = false;
  uint32_t logout_tag_ = kReservedTag;
  TextExchange text_;
  std::array<AsyncSense, kAsyncSenseMax> async_senses_;
  size_t async_sense_count_ = 0;

  // Tasks: waiting for a slot or the window, with the target (in order of submission), finished.
  TaskTable table_;
  ManagementTable management_;
  IntrusiveList<ScsiTask, ScsiTask> waiting_;
  IntrusiveList<ScsiTask, ScsiTask> active_;
  IntrusiveList<ScsiTask, ScsiTask> finished_;
  IntrusiveList<TaskSlot, TaskSlot> senders_;  // have Data-Out to send
  IntrusiveList<TaskSlot, TaskSlot> held_;
  uint32_t task_count_ = 0;
  bool is_window_counted_ = false;

  SendQueue send_;

  ReceiveBuffer buffer_;
  size_t needed_bytes_ = 0;      // of the PDU that is in the buffer in part
  TaskSlot* data_in_ = nullptr;  // whose payload is arriving
  DataInPdu data_in_pdu_;
  uint32_t payload_left_bytes_ = 0;
  uint32_t payload_padding_bytes_ = 0;
  bool has_payload_digest_ = false;
  size_t direct_bytes_ = 0;  // how much of the receive in flight goes to the task's memory
  Crc32c payload_crc_;
};

}  // namespace laneway::iscsi
