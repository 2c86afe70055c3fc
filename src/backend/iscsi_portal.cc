#include "backend/iscsi_portal.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "base/outside.h"

namespace laneway {

namespace {

// For people: what was found, and where.
Result<std::vector<SocketAddress>> describe(const IscsiPortal& portal, Result<std::vector<HostAddress>> found) {
  if (!found) {
    return fail(ErrorCode::unreachable, "cannot find the address of {}: {}; check the name", portal_text(portal),
                found.error().message);
  }
  std::vector<SocketAddress> addresses;
  for (const HostAddress& each : *found) {
    SocketAddress address{each.storage, each.length, {}};
    char host[NI_MAXHOST] = "";
    ::getnameinfo(address.get(), address.length, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
    address.text = portal_text({host, portal.port});
    addresses.push_back(std::move(address));
  }
  return addresses;
}

Result<uint16_t> decode_port(std::string_view text, std::string_view whole) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc{} && end == text.data() + text.size() && port != 0) return port;
  return fail(ErrorCode::invalid_argument, "portal \"{}\": \"{}\" is no port; give a number from 1 to 65535", whole,
              text);
}

}  // namespace

Result<IscsiPortal> decode_portal(std::string_view text) {
  IscsiPortal portal;
  std::string_view rest = text;
  if (!text.empty() && text.front() == '[') {
    const size_t closing = text.find(']');
    if (closing == std::string_view::npos) {
      return fail(ErrorCode::invalid_argument, "portal \"{}\": the bracket is not closed; write [ADDRESS]:PORT", text);
    }
    portal.host = text.substr(1, closing - 1);
    rest = text.substr(closing + 1);
  } else {
    // More than one colon without brackets is an IPv6 address without a port.
    const bool is_address6 = std::count(text.begin(), text.end(), ':') > 1;
    const size_t colon = is_address6 ? std::string_view::npos : text.find(':');
    portal.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  const auto is_of_host = [](char c) { return c > ' ' && c < 127 && c != '[' && c != ']'; };
  const bool is_host_sound = !portal.host.empty() && std::all_of(portal.host.begin(), portal.host.end(), is_of_host);
  if (!is_host_sound || (!rest.empty() && rest.front() != ':')) {
    return fail(ErrorCode::invalid_argument, "portal \"{}\" is malformed; write HOST or HOST:PORT", text);
  }
  if (rest.empty()) return portal;
  auto port = decode_port(rest.substr(1), text);
  if (!port) return pass_on(port);
  portal.port = *port;
  return portal;
}

std::string portal_text(const IscsiPortal& portal) {
  const bool is_address6 = portal.host.find(':') != std::string::npos;
  if (is_address6) return fmt::format("[{}]:{}", portal.host, portal.port);
  return fmt::format("{}:{}", portal.host, portal.port);
}

Result<std::vector<SocketAddress>> resolve_portal(const IscsiPortal& portal) {
  return describe(portal, outside().resolve(portal.host, portal.port));
}

Result<SocketAddress> numeric_address(const IscsiPortal& portal) {
  auto addresses = describe(portal, look_up_host(portal.host, portal.port, AI_NUMERICHOST));
  if (!addresses) return pass_on(addresses);
  return std::move(addresses->front());
}

}  // namespace laneway
