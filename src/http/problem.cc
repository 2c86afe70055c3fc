#include "http/problem.h"

#include <array>

#include "http/utf8.h"

namespace laneway {

namespace {

struct Kind {
  std::string_view name;
  std::string_view title;
  unsigned status;
};

Kind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return {"invalid_argument", "The request is not valid", 422};
    case ErrorCode::not_found:
      return {"not_found", "There is no such object", 404};
    case ErrorCode::already_exists:
      return {"already_exists", "That name is taken", 409};
    case ErrorCode::in_use:
      return {"in_use", "Something else holds or changed it", 409};
    case ErrorCode::permission_denied:
      return {"permission_denied", "That is not permitted", 403};
    case ErrorCode::unreachable:
      return {"unreachable", "A part of the system does not answer", 502};
    case ErrorCode::refused:
      return {"refused", "A part of the system refused", 502};
    case ErrorCode::unsupported:
      return {"unsupported", "That is not offered here", 422};
    case ErrorCode::no_space:
      return {"no_space", "There is no room", 507};
    case ErrorCode::timed_out:
      return {"timed_out", "There was no answer in time", 504};
    case ErrorCode::protocol:
      return {"protocol", "A part of the system answered nonsense", 502};
    case ErrorCode::io:
      return {"io", "The operating system failed an operation", 500};
    case ErrorCode::internal:
      break;
  }
  return {"internal", "A defect of Laneway", 500};
}

struct StatusWords {
  unsigned status;
  std::string_view words;
};
constexpr std::array kStatusWords = std::to_array<StatusWords>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += {'\\', c};
  } else if (byte < 0x20 || byte == 0x7f) {
    out += fmt::format("\\u{:04x}", byte);
  } else {
    out += c;
  }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += fmt::format("{}\"{}\":\"", out.size() > 1 ? "," : "", name);
  while (!value.empty()) {
    const size_t length = utf8_length(value);
    if (length == 0) {
      out += "\xef\xbf\xbd";  // U+FFFD, the replacement character
    } else if (length == 1) {
      append_escaped(out, value.front());
    } else {
      out += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

}  // namespace

unsigned http_status(ErrorCode code) { return kind_of(code).status; }

std::string_view status_words(unsigned status) {
  for (const StatusWords& each : kStatusWords) {
    if (each.status == status) return each.words;
  }
  return "Unknown";
}

Problem problem_of(const Error& error, std::string field) {
  const Kind kind = kind_of(error.code);
  return {.status = kind.status,
          .type = fmt::format("urn:laneway:problem:{}", kind.name),
          .title = std::string(kind.title),
          .detail = error.message,
          .field = std::move(field),
          .remedy = ""};
}

std::string encode_problem(const Problem& problem) {
  std::string out = "{";
  append_member(out, "type", problem.type.empty() ? "about:blank" : std::string_view(problem.type));
  append_member(out, "title", problem.title.empty() ? status_words(problem.status) : std::string_view(problem.title));
  out += fmt::format(",\"status\":{}", problem.status);
  append_member(out, "detail", problem.detail);
  append_member(out, "field", problem.field);
  append_member(out, "remedy", problem.remedy);
  out += "}\n";
  return out;
}

HttpResponse problem_response(const Problem& problem) {
  return {.status = problem.status,
          .content_type = "application/problem+json",
          .headers = {},
          .body = encode_problem(problem)};
}

}  // namespace laneway
