#include "iscsi/login.h"

#include <utility>

#include "iscsi/discovery.h"

namespace laneway::iscsi {
namespace {

struct StatusText {
  uint8_t detail;
  ErrorCode code;
  bool is_refusal;  // repeated at the next attempt
  std::string_view text;
};

// RFC 7143 11.13.5, class 2: initiator error.
constexpr StatusText kInitiatorErrors[] = {
    {0x00, ErrorCode::refused, true, "it reports an initiator error"},
    {0x01, ErrorCode::permission_denied, true, "authentication failed; check the CHAP user and secret"},
    {0x02, ErrorCode::permission_denied, true,
     "this initiator is not allowed; add its name to the target's access list"},
    {0x03, ErrorCode::not_found, true, "there is no such target at this portal; check the name with target discover"},
    {0x04, ErrorCode::not_found, true, "the target was removed"},
    {0x05, ErrorCode::unsupported, true, "it does not support this protocol version"},
    {0x06, ErrorCode::refused, false, "it has too many connections"},
    {0x07, ErrorCode::protocol, true, "it misses a login parameter"},
    {0x08, ErrorCode::refused, false, "it cannot include this connection in the session"},
    {0x09, ErrorCode::unsupported, true, "it does not support this type of session"},
    {0x0a, ErrorCode::refused, false, "it does not know the session"},
    {0x0b, ErrorCode::protocol, true, "it found a request invalid during login"},
};

// Class 3: target error. All of them may pass.
constexpr StatusText kTargetErrors[] = {
    {0x00, ErrorCode::refused, false, "it reports an error of its own"},
    {0x01, ErrorCode::refused, false, "its service is unavailable"},
    {0x02, ErrorCode::refused, false, "it is out of resources"},
};

StatusText status_text(uint8_t status_class, uint8_t detail) {
  if (status_class == 2) {
    for (const StatusText& entry : kInitiatorErrors) {
      if (entry.detail == detail) return entry;
    }
    return kInitiatorErrors[0];
  }
  for (const StatusText& entry : kTargetErrors) {
    if (entry.detail == detail) return entry;
  }
  return kTargetErrors[0];
}

}  // namespace

Login::Login(const SessionOptions& options) : options_(options), negotiation_(options) {
  if (!options.chap.initiator.empty()) chap_.emplace(options.chap);
  begin_security();
}

void Login::begin_security() {
  append_key(text_, "InitiatorName", options_.initiator_name);
  const bool is_normal = options_.kind == SessionKind::normal;
  append_key(text_, "SessionType", is_normal ? "Normal" : "Discovery");
  if (is_normal) append_key(text_, "TargetName", options_.target_name);
  // A target that has to prove itself gets no way round it; one that does not ask for our proof may go without.
  std::string_view methods = "None";
  if (chap_) methods = options_.chap.target.empty() ? "CHAP,None" : "CHAP";
  append_key(text_, "AuthMethod", methods);
}

void Login::begin_operational() {
  stage_ = kOperational;
  is_transit_ = true;
  text_.clear();
  negotiation_.offer(text_);
}

tl::unexpected<Error> Login::refuse(ErrorCode code, std::string why) {
  is_refusal_ = true;
  return tl::unexpected<Error>(Error{code, std::move(why)});
}

Result<Login::Next> Login::take(const LoginResponsePdu& response, std::string_view text) {
  if (answer_.size() + text.size() > kLoginTextBytesMax) {
    return fail(ErrorCode::protocol, "the target sent more than {} bytes of login text", kLoginTextBytesMax);
  }
  if (++exchanges_ > kLoginExchangesMax) {
    return fail(ErrorCode::protocol, "the login did not end within {} exchanges", kLoginExchangesMax);
  }
  answer_.append(text);
  if (response.status_class != 0) return take_status(response);
  if (auto checked = check_header(response); !checked) return pass_on(checked);
  text_.clear();
  if (response.is_continued) {  // the rest is fetched by an empty request (RFC 7143 6.2)
    is_transit_ = false;
    return Next::send;
  }
  is_transit_ = true;
  if (auto taken = take_keys(); !taken) return pass_on(taken);
  if (stage_ == kSecurity) {
    if (auto answered = answer_security(); !answered) return pass_on(answered);
  }
  if (response.is_transit) return transit(response);
  return Next::send;
}

Result<void> Login::check_header(const LoginResponsePdu& response) {
  if (response.version_active != 0) {
    return fail(ErrorCode::unsupported, "the target speaks iSCSI version {} only", response.version_active);
  }
  if (response.isid != options_.isid) return fail(ErrorCode::protocol, "the target answered a login with another ISID");
  if (response.current_stage != stage_) {
    return fail(ErrorCode::protocol, "the target is in login stage {} where stage {} is under way",
                response.current_stage, stage_);
  }
  if (response.is_transit && response.is_continued) {
    return fail(ErrorCode::protocol, "the target ends a login stage in the middle of its text");
  }
  if (response.is_transit && (!is_transit_ || response.next_stage != next_stage())) {
    return fail(ErrorCode::protocol, "the target goes on to login stage {} without being asked", response.next_stage);
  }
  return {};
}

Result<Login::Next> Login::take_status(const LoginResponsePdu& response) {
  if (response.status_class == 1) return take_redirect(response);
  const StatusText status = status_text(response.status_class, response.status_detail);
  is_refusal_ = status.is_refusal;
  if (response.status_class == 2 && response.status_detail == 1 && options_.chap.initiator.empty()) {
    return fail(status.code, "the target demands authentication; give the CHAP user and secret of this target");
  }
  return fail(status.code, "the target refused the login: {} (status {:02x}{:02x})", status.text, response.status_class,
              response.status_detail);
}

Result<Login::Next> Login::take_redirect(const LoginResponsePdu& response) {
  TextReader reader(answer_);
  while (const auto key = reader.next()) {
    if (key->name == "TargetAddress") target_address_ = key->value;
  }
  auto portal = decode_target_address(target_address_);
  if (!portal || portal->host.empty()) {
    return fail(ErrorCode::protocol, "the target redirects the login without saying where to");
  }
  redirect_ = Redirect{portal->host, portal->port, response.status_detail == 2};
  return Next::redirected;
}

Result<void> Login::take_keys() {
  const std::string answer = std::exchange(answer_, {});
  TextReader reader(answer);
  while (const auto key = reader.next()) {
    auto is_taken = take_common_key(*key);
    if (!is_taken) return pass_on(is_taken);
    if (*is_taken) continue;
    if (key->name.starts_with("CHAP_") && stage_ == kSecurity && is_chap_offered_ && chap_) {
      if (auto taken = chap_->take(*key); !taken) return taken;
      continue;
    }
    if (auto taken = negotiation_.take(*key, text_); !taken) return taken;
  }
  if (reader.is_malformed()) return fail(ErrorCode::protocol, "the target sent malformed login text");
  return {};
}

// Keys that belong to no stage's negotiation.
Result<bool> Login::take_common_key(const TextKey& key) {
  if (key.name == "TargetAlias") {
    target_alias_ = printable(key.value);
    return true;
  }
  if (key.name == "TargetPortalGroupTag") {
    const auto tag = decode_number(key.value);
    if (!tag || *tag > 0xffff) return fail(ErrorCode::protocol, "the target sent a malformed portal group tag");
    portal_group_tag_ = static_cast<uint16_t>(*tag);
    return true;
  }
  if (key.name != "AuthMethod" || stage_ != kSecurity) return false;
  if (auto taken = take_auth_method(key.value); !taken) return pass_on(taken);
  return true;
}

Result<void> Login::take_auth_method(std::string_view value) {
  if (is_method_chosen_) return fail(ErrorCode::protocol, "the target chose the authentication method twice");
  is_method_chosen_ = true;
  if (value == "CHAP" && chap_) return {};
  if (value == "None" && (!chap_ || options_.chap.target.empty())) {
    chap_.reset();
    return {};
  }
  if (value == "None") {
    return refuse(ErrorCode::permission_denied,
                  "the target does not authenticate, but mutual CHAP is configured for it");
  }
  if (!chap_) {
    return refuse(ErrorCode::permission_denied,
                  "the target demands authentication; give the CHAP user and secret of this target");
  }
  return refuse(ErrorCode::permission_denied, fmt::format("the target demands the authentication method {}, "
                                                          "which is not supported; set it up for CHAP",
                                                          printable(value)));
}

Result<void> Login::answer_security() {
  if (!chap_) return {};
  if (!is_method_chosen_) {
    // Without an answer there is no CHAP; that is fine where None was offered too.
    if (!options_.chap.target.empty())
      return fail(ErrorCode::protocol, "the target did not choose an authentication method");
    chap_.reset();
    return {};
  }
  if (!is_chap_offered_) {
    is_chap_offered_ = true;
    is_transit_ = false;
    chap_->offer(text_);
    return {};
  }
  auto answered = chap_->answer(text_);
  if (!answered && answered.error().code == ErrorCode::permission_denied) is_refusal_ = true;
  return answered;
}

Result<Login::Next> Login::transit(const LoginResponsePdu& response) {
  if (stage_ == kSecurity) {
    if (chap_ && !chap_->is_done()) {
      return refuse(ErrorCode::permission_denied, "the target ended authentication before both sides were proved");
    }
    begin_operational();
    return Next::send;
  }
  if (!text_.empty())
    return fail(ErrorCode::protocol, "the target ended the login while keys of its own were unanswered");
  auto limits = negotiation_.finish();
  if (!limits) return pass_on(limits);
  if (response.tsih == 0) return fail(ErrorCode::protocol, "the target gave the session no handle (TSIH 0)");
  limits_ = *limits;
  limits_.tsih = response.tsih;
  limits_.portal_group_tag = portal_group_tag_;
  return Next::done;
}

}  // namespace laneway::iscsi
