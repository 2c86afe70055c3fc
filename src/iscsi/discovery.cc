#include "iscsi/discovery.h"

#include "iscsi/text.h"

namespace laneway::iscsi {
namespace {

constexpr size_t kHostBytesMax = 255;

// Takes ":port" off the front; the default where there is none.
Result<uint16_t> take_port(std::string_view& rest) {
  if (!rest.starts_with(':')) return uint16_t{3260};
  const size_t end = std::min(rest.find(','), rest.size());
  const auto port = decode_number(rest.substr(1, end - 1));
  if (!port || *port == 0 || *port > 65535) {
    return fail(ErrorCode::protocol, "\"{}\" has no port number after the colon", printable(rest));
  }
  rest.remove_prefix(end);
  return static_cast<uint16_t>(*port);
}

Result<std::string> take_host(std::string_view& rest) {
  const bool is_bracketed = rest.starts_with('[');
  const size_t begin = is_bracketed ? 1 : 0;
  const size_t end = is_bracketed ? rest.find(']') : std::min(rest.find_first_of(":,"), rest.size());
  const bool is_whole = end != std::string_view::npos && end > begin && end - begin <= kHostBytesMax;
  const std::string_view host = is_whole ? rest.substr(begin, end - begin) : std::string_view();
  bool is_plain = is_whole;
  for (const char c : host) is_plain = is_plain && c > ' ' && c < 0x7f;
  if (!is_plain) return fail(ErrorCode::protocol, "\"{}\" is no address of a portal", printable(rest));
  rest.remove_prefix(is_bracketed ? end + 1 : end);
  return std::string(host);
}

}  // namespace

Result<DiscoveredPortal> decode_target_address(std::string_view text) {
  DiscoveredPortal portal;
  std::string_view rest = text;
  auto host = take_host(rest);
  if (!host) return pass_on(host);
  portal.host = std::move(*host);
  auto port = take_port(rest);
  if (!port) return pass_on(port);
  portal.port = *port;
  if (rest.empty()) return portal;
  const auto tag = rest.starts_with(',') ? decode_number(rest.substr(1)) : std::nullopt;
  if (!tag || *tag > 0xffff) {
    return fail(ErrorCode::protocol, "\"{}\" does not end with a portal group tag", printable(text));
  }
  portal.portal_group_tag = static_cast<uint16_t>(*tag);
  return portal;
}

Result<std::vector<DiscoveredTarget>> decode_send_targets(std::string_view text) {
  std::vector<DiscoveredTarget> targets;
  TextReader reader(text);
  while (const auto key = reader.next()) {
    if (key->name == "TargetName") {
      if (!is_iscsi_name(key->value)) {
        return fail(ErrorCode::protocol, "the target list has the malformed name \"{}\"", printable(key->value));
      }
      if (targets.size() == kDiscoveredTargetsMax) {
        return fail(ErrorCode::protocol, "the target list has more than {} targets", kDiscoveredTargetsMax);
      }
      targets.push_back({std::string(key->value), {}});
      continue;
    }
    if (key->name != "TargetAddress") continue;  // TargetAlias and what vendors add
    if (targets.empty()) return fail(ErrorCode::protocol, "the target list has an address before the first name");
    auto portal = decode_target_address(key->value);
    if (!portal) return pass_on(portal);
    auto& portals = targets.back().portals;
    if (portals.size() == kDiscoveredPortalsMax) {
      return fail(ErrorCode::protocol, "{} has more than {} portals", targets.back().name, kDiscoveredPortalsMax);
    }
    portals.push_back(std::move(*portal));
  }
  if (reader.is_malformed()) return fail(ErrorCode::protocol, "the target list is malformed");
  return targets;
}

}  // namespace laneway::iscsi
