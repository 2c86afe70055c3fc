#include "http/response_text.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "http/problem.h"

namespace laneway {

namespace {

constexpr std::string_view kSecurityHeaders =
    "x-content-type-options: nosniff\r\n"
    "x-frame-options: DENY\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    // Inline styles: the console's widgets place themselves by style attributes.
    "content-security-policy: default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n";
constexpr std::string_view kStrictTransport = "strict-transport-security: max-age=31536000\r\n";

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  if (!is_header_name(name) || !is_header_text(value)) return;
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

// RFC 9110 section 5.6.7, in words that no locale changes.
void append_date(std::string& head) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  if (::gmtime_r(&now, &utc) == nullptr) return;
  head += fmt::format("date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n", kDays.at(static_cast<size_t>(utc.tm_wday)),
                      utc.tm_mday, kMonths.at(static_cast<size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                      utc.tm_min, utc.tm_sec);
}

bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string encode_response_head(const HttpResponse& response, const ResponseFrame& frame) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, status_words(response.status));
  append_date(head);
  bool has_caching = false;
  for (const auto& [name, value] : response.headers) {
    append_header(head, name, value);
    has_caching = has_caching || name == "cache-control";
  }
  if (!has_caching) head += "cache-control: no-store\r\n";
  head += kSecurityHeaders;
  if (frame.is_tls) head += kStrictTransport;
  if (!has_no_body(response.status)) {
    append_header(head, "content-type", response.content_type);
    if (frame.has_length) head += fmt::format("content-length: {}\r\n", response.body.size());
  }
  if (frame.is_upgraded) return head + "connection: upgrade\r\n\r\n";
  head += frame.is_kept_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  return head;
}

}  // namespace laneway
