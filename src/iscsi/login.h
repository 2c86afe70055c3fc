#pragma once
// Login takes a connection from its first PDU to full feature (RFC 7143 6.3): security stage with or without CHAP, then
// the operational stage. It makes the text of the requests and judges the responses; PDUs are the Session's. Bounded:
// at most kLoginExchangesMax exchanges and kLoginTextBytesMax of text an answer.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "iscsi/chap.h"
#include "iscsi/negotiation.h"
#include "iscsi/pdu.h"
#include "iscsi/redirect.h"

namespace laneway::iscsi {

constexpr uint32_t kLoginExchangesMax = 32;
constexpr size_t kLoginTextBytesMax = 64 * 1024;

class Login {
 public:
  enum class Next : uint8_t { send, done, redirected };

  explicit Login(const SessionOptions& options);
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;

  // What to send now: the first request, later whatever take() left.
  bool is_transit() const { return is_transit_; }
  uint8_t stage() const { return stage_; }
  uint8_t next_stage() const { return stage_ == kSecurity ? kOperational : kFullFeature; }
  const std::string& text() const { return text_; }

  // Judges one response and prepares the next request.
  Result<Next> take(const LoginResponsePdu& response, std::string_view text);

  // After Next::done
  const SessionLimits& limits() const { return limits_; }
  const std::string& target_alias() const { return target_alias_; }
  // After Next::redirected
  const std::optional<Redirect>& redirect() const { return redirect_; }
  // After an error: the same login would be refused again.
  bool is_refusal() const { return is_refusal_; }

 private:
  static constexpr uint8_t kSecurity = 0;
  static constexpr uint8_t kOperational = 1;
  static constexpr uint8_t kFullFeature = 3;

  void begin_security();
  void begin_operational();
  Result<void> check_header(const LoginResponsePdu& response);
  Result<Next> take_status(const LoginResponsePdu& response);
  Result<Next> take_redirect(const LoginResponsePdu& response);
  Result<void> take_keys();
  Result<bool> take_common_key(const TextKey& key);
  Result<void> take_auth_method(std::string_view value);
  Result<void> answer_security();
  Result<Next> transit(const LoginResponsePdu& response);
  tl::unexpected<Error> refuse(ErrorCode code, std::string why);

  // Fixed after construction
  const SessionOptions& options_;
  // One thread
  uint8_t stage_ = kSecurity;
  bool is_transit_ = true;
  std::string text_;    // of the next request
  std::string answer_;  // of the target, gathered over continued responses
  uint32_t exchanges_ = 0;
  bool is_method_chosen_ = false;
  bool is_chap_offered_ = false;  // CHAP_A was sent
  std::optional<ChapExchange> chap_;
  Negotiation negotiation_;
  SessionLimits limits_;
  uint16_t portal_group_tag_ = 0;
  std::string target_alias_;
  std::string target_address_;
  std::optional<Redirect> redirect_;
  bool is_refusal_ = false;
};

}  // namespace laneway::iscsi
