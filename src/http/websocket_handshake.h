#pragma once
// How an HTTP request becomes a WebSocket (RFC 6455 section 4.2), and which page may open one: browsers let every page
// open a WebSocket to every server, with its cookies, and say in Origin which page it was. Free functions. Any thread.

#include <string>

#include "http/message.h"

namespace laneway {

struct UpgradeFault {
  unsigned status = 0;  // 426, 400 or 403; 0: it may be upgraded
  std::string what;
  std::string remedy;
};
UpgradeFault fault_of_upgrade(const HttpRequest& request);

// The response that agrees to it, status 101. Only where there is no fault.
HttpResponse upgrade_response(const HttpRequest& request);

}  // namespace laneway
