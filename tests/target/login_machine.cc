#include "target/login_machine.h"

#include <algorithm>
#include <charconv>

#include "target/chap.h"
#include "target/fake_target.h"
#include "target/negotiation.h"

namespace laneway::fake {

namespace {

constexpr uint8_t kTransit = 0x80;
constexpr uint8_t kContinue = 0x40;
constexpr uint8_t kSecurityStage = 0;
constexpr uint8_t kOperationalStage = 1;
constexpr uint8_t kFullFeature = 3;

// Status class << 8 | detail (RFC 7143 clause 11.13.5).
constexpr uint16_t kMovedTemporarily = 0x0101;
constexpr uint16_t kMovedPermanently = 0x0102;
constexpr uint16_t kInitiatorError = 0x0200;
constexpr uint16_t kAuthenticationFailed = 0x0201;
constexpr uint16_t kNotFound = 0x0203;
constexpr uint16_t kMissingParameter = 0x0207;

bool lists(std::string_view list, std::string_view wanted) {
  return ("," + std::string(list) + ",").find("," + std::string(wanted) + ",") != std::string::npos;
}

}  // namespace

LoginMachine::LoginMachine(FakeTarget& target) : target_(target), options_(target.options_) {}

LoginMachine::Progress LoginMachine::take(const PduView& request, Bytes& out) {
  if (target_.script_.fire(FaultKind::login_silent)) return Progress::mute;
  if (request.op() != Op::login) return Progress::failed;
  const uint8_t flags = request.u8(1);
  cmd_sn_ = request.u32(24);
  stage_ = flags >> 2 & 3;
  next_stage_ = flags & 3;
  if (!text_out_.empty()) {  // the empty request that asks for the rest: the target transits only where it allows that
    wants_transit_ = (flags & kTransit) != 0;
    return send_more(request, out);
  }
  text_in_.insert(text_in_.end(), request.payload.begin(), request.payload.end());
  if ((flags & kContinue) != 0) {
    wants_transit_ = false;
    send(request, 0, out);
    return Progress::more;
  }
  wants_transit_ = (flags & kTransit) != 0;
  return answer_text(request, out);
}

LoginMachine::Progress LoginMachine::answer_text(const PduView& request, Bytes& out) {
  TextPairs pairs;
  const bool is_text = read_text(text_in_, pairs);
  text_in_.clear();
  if (!is_text) return refuse(request, kInitiatorError, out);
  if (!is_identified_) {
    std::copy_n(request.header.begin() + 8, 6, session_.isid.begin());
    if (const uint16_t status = scripted_refusal(text_out_); status != 0) return refuse(request, status, out);
    if (const uint16_t status = identify(pairs); status != 0) return refuse(request, status, out);
  }
  if (stage_ == kSecurityStage) {
    if (const uint16_t status = security(pairs); status != 0) return refuse(request, status, out);
    if (wants_transit_ && auth_ != Auth::passed && !options_.chap.user.empty()) wants_transit_ = false;
  } else if (stage_ == kOperationalStage) {
    if (!options_.chap.user.empty() && auth_ != Auth::passed) return refuse(request, kAuthenticationFailed, out);
    if (!negotiate(options_, pairs, text_out_, session_.terms)) return refuse(request, kInitiatorError, out);
    declare_ours();
  } else {
    return refuse(request, kInitiatorError, out);
  }
  return send_more(request, out);
}

void LoginMachine::declare_ours() {
  if (is_declared_) return;
  is_declared_ = true;
  append_text(text_out_, "MaxRecvDataSegmentLength", std::to_string(options_.receive_segment_max));
  text_out_.insert(text_out_.end(), options_.extra_login_text.begin(), options_.extra_login_text.end());
}

LoginMachine::Progress LoginMachine::send_more(const PduView& request, Bytes& out) {
  const bool is_last = text_out_.size() <= options_.login_reply_text_max;
  const bool is_done = is_last && wants_transit_ && next_stage_ == kFullFeature;
  if (is_done) session_ = target_.open_session(session_);
  send(request, 0, out);
  return is_done ? Progress::done : Progress::more;
}

uint16_t LoginMachine::scripted_refusal(Bytes& text) {
  if (const auto fault = target_.script_.fire(FaultKind::redirect)) {
    append_text(text, "TargetAddress", fault->text);
    return fault->value == 1 ? kMovedPermanently : kMovedTemporarily;
  }
  if (const auto fault = target_.script_.fire(FaultKind::login_refuse)) return static_cast<uint16_t>(fault->value);
  return 0;
}

uint16_t LoginMachine::identify(const TextPairs& pairs) {
  const std::string* initiator = find_text(pairs, "InitiatorName");
  if (initiator == nullptr || initiator->empty()) return kMissingParameter;
  session_.initiator = *initiator;
  const std::string* type = find_text(pairs, "SessionType");
  session_.is_discovery = type != nullptr && *type == "Discovery";
  is_identified_ = true;
  if (session_.is_discovery) return 0;
  const std::string* name = find_text(pairs, "TargetName");
  if (name == nullptr) return kMissingParameter;
  if (*name != options_.name) return kNotFound;
  append_text(text_out_, "TargetPortalGroupTag", std::to_string(options_.portal_group));
  return 0;
}

uint16_t LoginMachine::security(const TextPairs& pairs) {
  if (const std::string* offered = find_text(pairs, "AuthMethod")) return choose_method(*offered);
  if (const std::string* algorithms = find_text(pairs, "CHAP_A")) {
    return auth_ == Auth::chosen ? challenge(*algorithms) : kInitiatorError;
  }
  const std::string* name = find_text(pairs, "CHAP_N");
  const std::string* response = find_text(pairs, "CHAP_R");
  if (name == nullptr && response == nullptr) return 0;
  if (name == nullptr || response == nullptr) return kMissingParameter;
  return auth_ == Auth::challenged ? verify(pairs, *name, *response) : kInitiatorError;
}

uint16_t LoginMachine::choose_method(const std::string& offered) {
  if (options_.chap.user.empty()) {
    if (!lists(offered, "None")) return kAuthenticationFailed;
    auth_ = Auth::passed;
    append_text(text_out_, "AuthMethod", "None");
    return 0;
  }
  if (!lists(offered, "CHAP")) return kAuthenticationFailed;
  auth_ = Auth::chosen;
  append_text(text_out_, "AuthMethod", "CHAP");
  return 0;
}

uint16_t LoginMachine::challenge(const std::string& algorithms) {
  for (const int known : options_.chap.algorithms) {
    if (algorithm_ == 0 && lists(algorithms, std::to_string(known))) algorithm_ = known;
  }
  if (algorithm_ == 0) return kAuthenticationFailed;
  identifier_ = static_cast<uint8_t>(target_.random_.next());
  challenge_.resize(16);
  for (uint8_t& byte : challenge_) byte = static_cast<uint8_t>(target_.random_.next());
  append_text(text_out_, "CHAP_A", std::to_string(algorithm_));
  append_text(text_out_, "CHAP_I", std::to_string(identifier_));
  append_text(text_out_, "CHAP_C", encode_hex(challenge_));
  auth_ = Auth::challenged;
  return 0;
}

uint16_t LoginMachine::verify(const TextPairs& pairs, const std::string& name, const std::string& response) {
  const std::optional<Bytes> bytes = decode_binary(response);
  const Bytes expected = chap_response(algorithm_, identifier_, options_.chap.secret, challenge_);
  if (name != options_.chap.user || !bytes || *bytes != expected) return kAuthenticationFailed;
  auth_ = Auth::passed;
  const std::string* identifier = find_text(pairs, "CHAP_I");
  const std::string* challenge = find_text(pairs, "CHAP_C");
  if (identifier == nullptr || challenge == nullptr) return 0;
  return answer_challenge(*identifier, *challenge);
}

uint16_t LoginMachine::answer_challenge(const std::string& identifier, const std::string& challenge) {
  if (options_.chap.mutual_user.empty()) return kAuthenticationFailed;
  const std::optional<Bytes> bytes = decode_binary(challenge);
  unsigned number = 0;
  const auto parsed = std::from_chars(identifier.data(), identifier.data() + identifier.size(), number);
  if (!bytes || bytes->empty() || parsed.ec != std::errc{} || number > 255) return kInitiatorError;
  if (*bytes == challenge_) target_.violate("the initiator sent the target's own challenge back (RFC 7143 12.1.3)");
  const ByteView theirs = *bytes;
  const Bytes answer = chap_response(algorithm_, static_cast<uint8_t>(number), options_.chap.mutual_secret, theirs);
  append_text(text_out_, "CHAP_N", options_.chap.mutual_user);
  append_text(text_out_, "CHAP_R", encode_hex(answer));
  return 0;
}

LoginMachine::Progress LoginMachine::refuse(const PduView& request, uint16_t status, Bytes& out) {
  wants_transit_ = false;
  send(request, status, out);
  return Progress::failed;
}

void LoginMachine::send(const PduView& request, uint16_t status, Bytes& out) {
  const bool is_whole = text_out_.size() <= options_.login_reply_text_max;
  const size_t length = is_whole ? text_out_.size() : options_.login_reply_text_max;
  unsigned flags = static_cast<unsigned>(stage_) << 2;
  if (!is_whole) flags |= kContinue;
  if (is_whole && wants_transit_) flags |= kTransit | next_stage_;
  Header header(Op::login_response);
  header.u8(1, flags).u16(14, static_cast<uint16_t>(session_.number)).u32(16, request.u32(16)).u32(24, stat_sn_++);
  for (size_t i = 0; i < session_.isid.size(); ++i) header.u8(8 + i, session_.isid[i]);
  header.u32(28, cmd_sn_).u32(32, cmd_sn_ + std::max(options_.command_window, 1u) - 1).u16(36, status);
  append_pdu(out, header, ByteView(text_out_).first(length), Digests{});
  text_out_.erase(text_out_.begin(), text_out_.begin() + static_cast<std::ptrdiff_t>(length));
}

}  // namespace laneway::fake
