#include "keeper/broker_request.h"

#include <fcntl.h>

#include <cstring>

namespace laneway {

namespace {

struct RequestWire {
  uint32_t number;
  uint16_t path_bytes;
  uint16_t second_bytes;
  uint8_t call;
  uint8_t reserved[3];
};
static_assert(sizeof(RequestWire) == 12);

constexpr size_t kPathBytesMax = 4095;
constexpr uint32_t kOpenFlags = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_DIRECT | O_DSYNC | O_SYNC | O_NONBLOCK |
                                O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_LARGEFILE | O_CLOEXEC | O_PATH;
constexpr uint32_t kModeMax = 0777;
constexpr uint32_t kPortMax = 65535;

bool is_path(std::string_view text) {
  return !text.empty() && text.size() <= kPathBytesMax && text.front() == '/' &&
         text.find('\0') == std::string_view::npos;
}

bool makes_sense(const BrokerRequest& request) {
  switch (request.call) {
    case BrokerCall::open:
      return is_path(request.path) && (request.number & ~kOpenFlags) == 0;
    case BrokerCall::unlink:
      return is_path(request.path);
    case BrokerCall::rename:
      return is_path(request.path) && is_path(request.second);
    case BrokerCall::listen:
      return is_path(request.path) && request.number <= kModeMax;
    case BrokerCall::resolve:
      return !request.path.empty() && request.path.size() <= 255 && request.number <= kPortMax &&
             request.path.find('\0') == std::string::npos;
  }
  return false;
}

}  // namespace

std::vector<uint8_t> encode_broker_request(const BrokerRequest& request) {
  const RequestWire wire{request.number,
                         static_cast<uint16_t>(std::min(request.path.size(), kPathBytesMax + 1)),
                         static_cast<uint16_t>(std::min(request.second.size(), kPathBytesMax + 1)),
                         static_cast<uint8_t>(request.call),
                         {}};
  const ByteView head = bytes_of(wire);
  std::vector<uint8_t> out(head.begin(), head.end());
  out.insert(out.end(), request.path.begin(), request.path.begin() + wire.path_bytes);
  out.insert(out.end(), request.second.begin(), request.second.begin() + wire.second_bytes);
  return out;
}

Result<BrokerRequest> decode_broker_request(ByteView bytes) {
  RequestWire wire{};
  const bool has_head = copy_out(bytes, 0, wire);
  if (!has_head || bytes.size() != sizeof(wire) + wire.path_bytes + wire.second_bytes) {
    return fail(ErrorCode::protocol, "a request of the broker of {} bytes", bytes.size());
  }
  const std::string_view text = text_of(bytes.subspan(sizeof(wire)));
  BrokerRequest request{static_cast<BrokerCall>(wire.call), wire.number, std::string(text.substr(0, wire.path_bytes)),
                        std::string(text.substr(wire.path_bytes))};
  if (!makes_sense(request)) return fail(ErrorCode::invalid_argument, "the keeper does not do that");
  return request;
}

std::string encode_addresses(const std::vector<HostAddress>& addresses) {
  std::string out;
  for (const HostAddress& address : addresses) {
    out.push_back(static_cast<char>(address.length));
    out.append(text_of(bytes_of(address.storage).first(address.length)));
  }
  return out;
}

Result<std::vector<HostAddress>> decode_addresses(std::string_view text) {
  std::vector<HostAddress> out;
  while (!text.empty()) {
    HostAddress address;
    address.length = static_cast<uint8_t>(text.front());
    text.remove_prefix(1);
    const bool is_whole = address.length <= text.size() && address.length <= sizeof(address.storage);
    if (!is_whole || address.length < sizeof(sa_family_t) || out.size() == Outside::kAddressesMax) {
      return fail(ErrorCode::protocol, "the keeper's addresses make no sense");
    }
    std::memcpy(&address.storage, text.data(), address.length);
    text.remove_prefix(address.length);
    out.push_back(address);
  }
  return out;
}

}  // namespace laneway
