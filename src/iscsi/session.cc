#include "iscsi/session.h"

#include <algorithm>

namespace laneway::iscsi {
namespace {

// Headers of a thousand PDUs; with data digests also the payload of writes (session_send.cc).
constexpr size_t kSendStorageBytes = 64 * 1024;
constexpr size_t kSendStorageDigestBytes = 1024 * 1024;

size_t send_storage_bytes(const SessionOptions& options) {
  return options.data_digest == DigestPolicy::none ? kSendStorageBytes : kSendStorageDigestBytes;
}

// What may come before the receive segment length is agreed on, and room for one whole PDU around the payload.
constexpr uint32_t kLoginSegmentBytes = 8192;
constexpr size_t kPduFrameBytes = kBhsBytes + kAhsBytesMax + 2 * kDigestBytes + 3;

// For one PDU to come whole where the pings say nothing about the target's patience.
constexpr uint64_t kPduTimeNs = 30 * kSecond;

uint64_t pdu_time_ns(const SessionOptions& options) {
  return options.noop_interval_ns == 0 ? kPduTimeNs : options.noop_interval_ns + 2 * options.noop_timeout_ns;
}

constexpr ErrorCode code_of(SessionFault fault) {
  switch (fault) {
    case SessionFault::connection:
    case SessionFault::departure:
      return ErrorCode::unreachable;
    case SessionFault::silence:
      return ErrorCode::timed_out;
    default:
      return ErrorCode::protocol;
  }
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const SessionOptions& options) {
  if (auto checked = check_options(options); !checked) return pass_on(checked);
  return std::unique_ptr<Session>(new Session(options));
}

Session::Session(const SessionOptions& options)
    : options_(options),
      keep_alive_(options.noop_interval_ns, options.noop_timeout_ns),
      pdu_clock_(pdu_time_ns(options)),
      text_(kTextBytesMax),
      table_(options.queue_depth),
      send_(send_storage_bytes(options)) {}

Session::~Session() {
  LW_ASSERT(task_count_ == 0);
  LW_ASSERT(management_.empty());
}

void Session::start(uint64_t now_ns) {
  LW_ASSERT(state_ == SessionState::idle);
  now_ns_ = now_ns;
  limits_.max_receive_segment_bytes = std::max(options_.max_receive_segment_bytes, kLoginSegmentBytes);
  buffer_.allocate(std::max<size_t>(options_.receive_buffer_bytes, limits_.max_receive_segment_bytes + kPduFrameBytes));
  login_.emplace(options_);
  has_login_request_ = true;
  state_ = SessionState::login;
  state_deadline_ns_ = now_ns + options_.login_timeout_ns;
  keep_alive_.heard(now_ns);
}

void Session::fail_session(SessionFault fault, std::string_view why) { fail_session(fault, code_of(fault), why); }

void Session::fail_session(SessionFault fault, ErrorCode code, std::string_view why) {
  if (is_ended(state_)) return;
  fault_ = fault;
  const std::string_view subject =
      options_.kind == SessionKind::discovery ? std::string_view("discovery") : std::string_view(options_.target_name);
  failure_ = Error{code, fmt::format("{}: {}", subject, why)};
  end(SessionState::failed);
}

void Session::end(SessionState state) {
  state_ = state;
  state_deadline_ns_ = kNever;
}

void Session::connection_lost(std::string_view why) { fail_session(SessionFault::connection, why); }

void Session::logout(uint64_t now_ns) {
  now_ns_ = now_ns;
  if (state_ == SessionState::idle || state_ == SessionState::login) end(SessionState::logged_out);
  if (is_ended(state_) || state_ == SessionState::logging_out) return;
  state_ = SessionState::logging_out;
  state_deadline_ns_ = now_ns + options_.logout_timeout_ns;
  has_logout_to_send_ = true;
}

bool Session::admit_noise() {
  if (noise_.admit(now_ns_)) return true;
  fail_session(SessionFault::flood, "the target floods the session with PDUs that have no purpose");
  return false;
}

// The target wants us to leave: what runs may end, nothing new is sent, then a logout follows.
void Session::begin_draining(uint64_t for_ns) {
  if (state_ != SessionState::full_feature) return;
  state_ = SessionState::draining;
  state_deadline_ns_ = now_ns_ + for_ns;
}

void Session::on_time(uint64_t now_ns) {
  now_ns_ = std::max(now_ns_, now_ns);
  check_times(now_ns_);
}

void Session::check_times(uint64_t now_ns) {
  if (is_ended(state_) || state_ == SessionState::idle) return;
  const bool is_due = now_ns >= state_deadline_ns_;
  if (state_ == SessionState::login) {
    if (is_due)
      fail_session(SessionFault::silence,
                   fmt::format("the target did not answer the login within {} s; check that an iSCSI "
                               "target listens at this portal",
                               options_.login_timeout_ns / kSecond));
    return;
  }
  if (state_ == SessionState::logging_out) {
    if (is_due) fail_session(SessionFault::silence, "the target did not answer the logout in time");
    return;
  }
  if (state_ == SessionState::draining && (is_due || active_.empty())) return logout(now_ns);
  if (now_ns >= management_.next_deadline_ns()) {
    return fail_session(SessionFault::silence, "the target did not answer a task management function in time");
  }
  if (keep_alive_.is_dead(now_ns)) {
    return fail_session(SessionFault::silence, "the target does not answer pings; the connection is given up");
  }
  if (pdu_clock_.is_late(now_ns)) {
    return fail_session(SessionFault::drip, "the target began a PDU and did not end it in time");
  }
  if (!keep_alive_.is_ping_due(now_ns)) return;
  keep_alive_.pinged(now_ns);
  ping_tag_ = make_tag(++tag_generation_, TagKind::ping);
  has_ping_to_send_ = true;
}

uint64_t Session::next_deadline_ns() const {
  if (is_ended(state_) || state_ == SessionState::idle) return kNever;
  if (state_ == SessionState::login || state_ == SessionState::logging_out) return state_deadline_ns_;
  return std::min({state_deadline_ns_, management_.next_deadline_ns(), keep_alive_.next_deadline_ns(),
                   pdu_clock_.next_deadline_ns()});
}

void Session::request_text(std::string_view keys) { text_.begin(keys, make_tag(++tag_generation_, TagKind::text)); }
bool Session::is_text_pending() const { return text_.is_pending(); }
std::optional<std::string> Session::take_text() { return text_.take_answer(); }

SessionState Session::state() const { return state_; }
const Error& Session::failure() const { return failure_; }
SessionFault Session::fault() const { return fault_; }
const std::optional<Redirect>& Session::redirect() const { return redirect_; }
bool Session::is_refusal() const { return is_refusal_; }
const SessionLimits& Session::limits() const { return limits_; }
const SessionOptions& Session::options() const { return options_; }
const SessionCounters& Session::counters() const { return counters_; }
std::string_view Session::target_alias() const { return target_alias_; }
uint16_t Session::reconnect_wait_s() const { return asked_wait_s_.value_or(limits_.time_to_wait_s); }

bool Session::take_async_sense(AsyncSense& out) {
  if (async_sense_count_ == 0) return false;
  out = async_senses_[0];
  --async_sense_count_;
  std::copy_n(async_senses_.begin() + 1, async_sense_count_, async_senses_.begin());
  return true;
}

}  // namespace laneway::iscsi
