#pragma once
// LoginMachine is the target's side of one login (RFC 7143 clause 6.3): security stage with CHAP, operational stage,
// and the opening of the session. Owned by its TargetConnection until full feature phase.

#include <cstdint>
#include <string>

#include "base/random.h"
#include "target/session.h"
#include "target/target_options.h"
#include "target/wire.h"

namespace laneway::fake {

class FakeTarget;

class LoginMachine {
 public:
  enum class Progress : uint8_t { more, done, failed, mute };

  explicit LoginMachine(FakeTarget& target);

  // Takes one login request and appends the answer.
  Progress take(const PduView& request, Bytes& out);

  // After `done`.
  const Session& session() const { return session_; }
  uint32_t next_stat_sn() const { return stat_sn_; }
  uint32_t cmd_sn() const { return cmd_sn_; }

 private:
  enum class Auth : uint8_t { undecided, chosen, challenged, passed };

  Progress answer_text(const PduView& request, Bytes& out);
  void declare_ours();
  Progress send_more(const PduView& request, Bytes& out);
  uint16_t identify(const TextPairs& pairs);  // status class and detail; 0: go on
  uint16_t scripted_refusal(Bytes& text);
  uint16_t security(const TextPairs& pairs);
  uint16_t choose_method(const std::string& offered);
  uint16_t challenge(const std::string& algorithms);
  uint16_t verify(const TextPairs& pairs, const std::string& name, const std::string& response);
  uint16_t answer_challenge(const std::string& identifier, const std::string& challenge);
  Progress refuse(const PduView& request, uint16_t status, Bytes& out);
  void send(const PduView& request, uint16_t status, Bytes& out);

  FakeTarget& target_;
  const TargetOptions& options_;
  Session session_;
  Auth auth_ = Auth::undecided;
  int algorithm_ = 0;
  uint8_t identifier_ = 0;
  Bytes challenge_;
  Bytes text_in_;
  Bytes text_out_;  // answer not yet sent
  bool is_identified_ = false;
  bool is_declared_ = false;
  bool wants_transit_ = false;
  uint8_t stage_ = 0;
  uint8_t next_stage_ = 0;
  uint32_t stat_sn_ = 0;
  uint32_t cmd_sn_ = 0;
};

}  // namespace laneway::fake
