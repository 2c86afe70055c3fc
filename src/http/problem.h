#pragma once
// Problem is how a request is refused: RFC 9457's problem document, application/problem+json. Its type is a URN of ours
// that programs can tell apart ("urn:laneway:problem:in_use"), its detail is one sentence for people. Any thread.

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace laneway {

struct Problem {
  unsigned status = 500;
  std::string type = {};    // empty: "about:blank", where the status says all
  std::string title = {};   // empty: the status's own words
  std::string detail = {};  // what is wrong, here and now
  std::string field = {};   // of the request's body or query, where one is to blame
  std::string remedy = {};  // what to do
};

unsigned http_status(ErrorCode code);
// "Not Found" of 404; "Unknown" where RFC 9110 and its kin have none.
std::string_view status_words(unsigned status);

Problem problem_of(const Error& error, std::string field = "");
// One line of JSON; bytes that are no UTF-8 are replaced.
std::string encode_problem(const Problem& problem);
HttpResponse problem_response(const Problem& problem);

}  // namespace laneway
