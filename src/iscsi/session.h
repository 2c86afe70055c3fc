#pragma once
// Session is one iSCSI session with one connection (RFC 7143, error recovery level 0) as a stepper: the caller owns the
// socket and the time, the session turns received bytes into finished tasks and submitted tasks into bytes to send.
// Owned by one back-end queue, home reactor only. Made for one connection: after a failure a new Session with the same
// ISID is opened.
//
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

#include <sys/uio.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iscsi/options.h"
#include "iscsi/scsi_task.h"

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

// What login settled on; valid from full_feature on. RFC 7143 13.
struct SessionLimits {
  bool has_header_digest = false;
  bool has_data_digest = false;
  bool is_initial_r2t = true;
  bool has_immediate_data = true;
  uint32_t max_send_segment_bytes = 8192;     // the target's MaxRecvDataSegmentLength
  uint32_t max_receive_segment_bytes = 8192;  // ours
  uint32_t first_burst_bytes = 65536;
  uint32_t max_burst_bytes = 262144;
  uint32_t max_outstanding_r2t = 1;
  uint16_t time_to_wait_s = 2;     // DefaultTime2Wait: pause before the next login after an unexpected end
  uint16_t time_to_retain_s = 20;  // DefaultTime2Retain
  uint16_t tsih = 0;
  uint16_t portal_group_tag = 0;  // TargetPortalGroupTag; 0 where the target does not say
};

// Where a target sends us instead (RFC 7143 11.13.5 status class 1, 13.8).
struct Redirect {
  std::string host;  // a name or an address, without brackets
  uint16_t port = 3260;
  bool is_permanent = false;
};

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
  // `bytes` > 0 of those arrived. Finishes tasks, may change the state.
  void received(size_t bytes, uint64_t now_ns);

  // Gathers what is to be sent now, many PDUs at once, and returns the number of pieces; 0 where there is nothing.
  // Called again without sent() it begins with the same bytes.
  size_t send_from(std::span<iovec> into);
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
  struct Parts;
  explicit Session(const SessionOptions& options);
  std::unique_ptr<Parts> parts_;
};

}  // namespace laneway::iscsi
