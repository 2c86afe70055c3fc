#pragma once
// Redirect is where a target sends an initiator instead of logging it in (RFC 7143 11.13.5 status class 1, 13.8).
// A plain value, any thread.

#include <cstdint>
#include <string>

namespace laneway::iscsi {

struct Redirect {
  std::string host;  // a name or an address, without brackets
  uint16_t port = 3260;
  bool is_permanent = false;
};

}  // namespace laneway::iscsi
