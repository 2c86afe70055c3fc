#include "http/target.h"

#include <algorithm>
#include <optional>

#include "http/utf8.h"

namespace laneway {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// None where an escape is no escape, or the result is not text.
std::optional<std::string> decode_escapes(std::string_view text, bool is_query) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (c == '/' && !is_query) return std::nullopt;
      i += 2;
    } else if (c == '+' && is_query) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out += c;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

// Of a decoded path, in which every slash parts two segments.
bool is_plain_path(std::string_view path) {
  size_t begin = 1;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    const bool is_last = end == path.size();
    if (segment == "." || segment == ".." || (segment.empty() && !is_last)) return false;
    begin = end + 1;
  }
  return true;
}

// "http://host/path" is "/path": a proxy's form, which servers must take.
std::string_view without_authority(std::string_view target, bool& had_authority) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.substr(0, scheme.size()) != scheme) continue;
    had_authority = true;
    target.remove_prefix(scheme.size());
    const size_t end = std::min(target.find_first_of("/?"), target.size());
    return target.substr(end);
  }
  return target;
}

bool decode_parameter(std::string_view text, RequestTarget& target) {
  if (text.empty()) return true;
  if (target.parameters.size() == kParametersMax) return false;
  const size_t equals = std::min(text.find('='), text.size());
  std::optional<std::string> name = decode_escapes(text.substr(0, equals), true);
  std::optional<std::string> value = decode_escapes(text.substr(std::min(equals + 1, text.size())), true);
  if (!name || !value) return false;
  target.parameters.emplace_back(std::move(*name), std::move(*value));
  return true;
}

bool decode_query(std::string_view query, RequestTarget& target) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    if (!decode_parameter(query.substr(0, end), target)) return false;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return true;
}

}  // namespace

Result<RequestTarget> decode_target(std::string_view target) {
  if (target.size() > kTargetBytesMax) {
    return fail(ErrorCode::no_space, "The request's target has {} bytes and this server takes {}.", target.size(),
                kTargetBytesMax);
  }
  RequestTarget decoded;
  if (target == "*") {
    decoded.path = "*";
    return decoded;
  }
  bool had_authority = false;
  target = without_authority(target, had_authority);
  const size_t mark = std::min(target.find('?'), target.size());
  std::string_view raw_path = target.substr(0, mark);
  if (raw_path.empty() && had_authority) raw_path = "/";
  std::optional<std::string> path = decode_escapes(raw_path, false);
  if (!path || path->empty() || path->front() != '/' || !is_plain_path(*path)) {
    return fail(ErrorCode::invalid_argument,
                "The request's path is not one of '/'-separated names in UTF-8, with other characters escaped.");
  }
  decoded.path = std::move(*path);
  if (!decode_query(target.substr(std::min(mark + 1, target.size())), decoded)) {
    return fail(ErrorCode::invalid_argument,
                "The request's query is not one of at most {} 'name=value' pairs in UTF-8, with other characters "
                "escaped.",
                kParametersMax);
  }
  return decoded;
}

std::string encode_component(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace laneway
