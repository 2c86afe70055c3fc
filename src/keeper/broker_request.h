#pragma once
// BrokerRequest is what a confined engine asks its keeper to do by name: open, unlink and rename files, listen at a
// path, look up a host. Encoded in a packet of kind `ask`; the answers' forms are beside each. Plain values and free
// functions; any thread.

#include <string>
#include <vector>

#include "base/outside.h"
#include "keeper/answer.h"

namespace laneway {

enum class BrokerCall : uint8_t {
  open = 1,     // path, number: flags of open(2). Text: an errno, "0" with a descriptor
  unlink = 2,   // path. Text: an errno
  rename = 3,   // path, second. Text: an errno
  listen = 4,   // path, number: mode. A descriptor
  resolve = 5,  // path: the host's name, number: port. Text: encode_addresses()
};

struct BrokerRequest {
  BrokerCall call = BrokerCall::open;
  uint32_t number = 0;
  std::string path;
  std::string second = {};
};

std::vector<uint8_t> encode_broker_request(const BrokerRequest& request);
// Foreign bytes are welcome. Paths are absolute and hold no zero byte; flags are those that a disk or a state file
// needs.
Result<BrokerRequest> decode_broker_request(ByteView bytes);

std::string encode_addresses(const std::vector<HostAddress>& addresses);
Result<std::vector<HostAddress>> decode_addresses(std::string_view text);

}  // namespace laneway
