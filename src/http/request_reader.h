#pragma once
// RequestReader turns a connection's bytes into one HttpRequest, or into the problem that refuses it; Beast's parser
// does the grammar (RFC 9112), this adds limits and what the grammar leaves open. No sockets. Owned by a connection,
// one a request; one thread.

#include <memory>
#include <optional>
#include <string>

#include "http/message.h"
#include "http/problem.h"
#include "http/server.h"

namespace laneway {

class RequestReader {
 public:
  explicit RequestReader(const HttpLimits& limits);
  ~RequestReader();

  enum class State : uint8_t { head, body, done, refused };

  // Takes what it can use of `bytes` away. Stops once after the head, so that the caller may say "100 Continue".
  State feed(std::string& bytes);
  State state() const { return state_; }

  bool wants_continue() const;      // the client waits for "100 Continue"; only in State::body
  uint64_t body_bytes_max() const;  // what the body may come to; only in State::body
  bool is_kept_alive() const;       // another request may follow this one
  bool is_head_method() const { return is_head_method_; }
  // Once, when done. HEAD has become GET.
  HttpRequest take_request() { return std::move(request_); }
  // Once, when refused; the connection is of no further use.
  Problem take_problem() { return std::move(*problem_); }

 private:
  struct Parser;  // Beast's

  State refuse(unsigned status, std::string detail);
  State refuse_bytes(const std::string& bytes);
  State check_head();
  bool is_framing_sound(std::string& detail) const;
  void take_fields();
  bool has_given_length() const;

  const HttpLimits& limits_;
  std::unique_ptr<Parser> parser_;
  State state_ = State::head;
  HttpRequest request_;
  std::optional<Problem> problem_;
  bool is_head_method_ = false;
};

}  // namespace laneway
