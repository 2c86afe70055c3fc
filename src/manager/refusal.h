#pragma once
// Refusal is how a request of the API fails: the HTTP status, and a problem document (RFC 9457) that names the field
// and what to do. Plain values. Any thread.

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "http/message.h"
#include "manager/schema.h"

namespace laneway {

struct Refusal {
  unsigned status = 500;
  std::string detail;  // a sentence
  std::string field;
  std::string remedy;
  std::string task;
};

template <typename T>
using Answer = tl::expected<T, Refusal>;

// `remedy` begins in lower case and has no full stop; the detail is made of all of it.
[[nodiscard]] tl::unexpected<Refusal> refuse(unsigned status, std::string_view what, std::string_view remedy,
                                             std::string_view field = "");
[[nodiscard]] tl::unexpected<Refusal> refuse(unsigned status, const Finding& finding);
// An engine's or store's error, whose message is a sentence with its remedy already.
[[nodiscard]] tl::unexpected<Refusal> refuse(const Error& error);
unsigned http_status_of(ErrorCode code);
std::string_view status_title(unsigned status);

HttpResponse response_of(const Refusal& refusal);

}  // namespace laneway
