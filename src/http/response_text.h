#pragma once
// The head of a response as text (RFC 9112 section 4), with the headers that every answer of ours carries: no sniffing,
// no framing, no third-party content, no caching unless the handler says otherwise. Any thread.

#include <string>

#include "http/message.h"

namespace laneway {

struct ResponseFrame {
  bool is_tls = false;
  bool is_kept_alive = false;
  bool has_length = true;    // false: the body ends with the connection
  bool is_upgraded = false;  // what follows is no HTTP
};

// A header of the handler's that could not be one (a line break in it) is left out.
std::string encode_response_head(const HttpResponse& response, const ResponseFrame& frame);

}  // namespace laneway
