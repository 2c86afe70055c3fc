#include "http/client.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/clock.h"
#include "http/client_transport.h"

namespace laneway {

namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

constexpr uint32_t kHeaderBytesMax = 64 * 1024;
constexpr size_t kLineBytesMax = kMiB;

uint64_t deadline_after(uint64_t time_limit_ns) {
  const uint64_t now = MonotonicClock().now_ns();
  return time_limit_ns > kNever - now ? kNever : now + time_limit_ns;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

HttpResponse take_response(Parser& parser) {
  Parser::value_type& message = parser.get();
  HttpResponse response{.status = message.result_int(), .content_type = "", .headers = {}};
  for (const auto& field : message) {
    response.headers.emplace_back(lower_case(field.name_string()), std::string(field.value()));
    if (response.headers.back().first == "content-type") response.content_type = response.headers.back().second;
  }
  response.body = std::move(message.body());
  return response;
}

bool is_event_stream(const Parser& parser) {
  const auto type = parser.get()[http::field::content_type];
  return type.starts_with("text/event-stream");
}

// Gives the parser what is unread, or no more than its head. True where it needs more.
Result<bool> feed(Parser& parser, std::string& unread, bool is_head_only) {
  boost::system::error_code error;
  while (!unread.empty() && !error && !parser.is_done()) {
    const size_t used = parser.put(boost::asio::buffer(unread), error);
    unread.erase(0, used);
    if (used == 0 || (is_head_only && parser.is_header_done())) break;
  }
  if (error && error != http::error::need_more) {
    return fail(ErrorCode::protocol, "lanewayd's answer is no HTTP ({}); check what listens there.", error.message());
  }
  return !parser.is_done();
}

Result<void> check_end(Parser& parser) {
  boost::system::error_code error;
  if (parser.got_some()) parser.put_eof(error);
  if (error || !parser.is_done()) {
    return fail(ErrorCode::unreachable, "lanewayd ended the connection before its answer; check its log.");
  }
  return {};
}

}  // namespace

HttpClient::HttpClient(HttpClientOptions options, std::unique_ptr<ClientTransport> transport)
    : options_(std::move(options)), transport_(std::move(transport)) {}

HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::connect(const HttpClientOptions& options) {
  Result<std::unique_ptr<ClientTransport>> transport =
      options.unix_path.empty() ? ClientTransport::connect_tls(options)
                                : ClientTransport::connect_unix_socket(options.unix_path, options.time_limit_ns);
  if (!transport) return pass_on(transport);
  return std::unique_ptr<HttpClient>(new HttpClient(options, std::move(*transport)));
}

Result<HttpResponse> HttpClient::get(const std::string& target) { return send({.target = target}); }

Result<HttpResponse> HttpClient::post(const std::string& target, const std::string& json) {
  return send({.method = "POST", .target = target, .body = json});
}

Result<HttpResponse> HttpClient::put(const std::string& target, const std::string& json) {
  return send({.method = "PUT", .target = target, .body = json});
}

Result<HttpResponse> HttpClient::patch(const std::string& target, const std::string& json) {
  return send({.method = "PATCH", .target = target, .body = json});
}

Result<HttpResponse> HttpClient::remove(const std::string& target) {
  return send({.method = "DELETE", .target = target});
}

Result<HttpResponse> HttpClient::send(const Call& call) { return exchange(call, false); }

Result<HttpResponse> HttpClient::open_stream(const Call& call) { return exchange(call, true); }

Result<void> HttpClient::write_request(const Call& call, uint64_t deadline_ns) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\n", call.method, call.target,
                                 options_.unix_path.empty() ? options_.host : "localhost");
  bool has_type = false;
  for (const auto& [name, value] : call.headers) {
    text += fmt::format("{}: {}\r\n", name, value);
    has_type = has_type || lower_case(name) == "content-type";
  }
  const bool has_body = !call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH";
  if (has_body) text += fmt::format("content-length: {}\r\n", call.body.size());
  if (!call.body.empty() && !has_type) text += "content-type: application/json\r\n";
  text += "\r\n";
  text += call.body;
  return transport_->write(text, deadline_ns);
}

Result<HttpResponse> HttpClient::exchange(const Call& call, bool is_stream) {
  const uint64_t deadline_ns = deadline_after(options_.time_limit_ns);
  // A server that refuses a request may end the connection before it has read it all: its answer counts.
  const Result<void> written = write_request(call, deadline_ns);
  Parser parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(options_.body_bytes_max);
  if (call.method == "HEAD") parser.skip(true);
  for (;;) {
    // What comes right behind the head of a stream is the stream's.
    Result<bool> needs_more = feed(parser, unread_, is_stream && !parser.is_header_done());
    if (!needs_more) return pass_on(needs_more);
    if (is_stream && parser.is_header_done() && is_event_stream(parser)) return take_response(parser);
    if (parser.is_header_done()) parser.eager(true);
    if (!*needs_more) return take_response(parser);
    if (parser.is_header_done() && !unread_.empty()) continue;
    Result<bool> has_come = transport_->read(unread_, deadline_ns);
    if (!has_come) return written ? pass_on(has_come) : tl::unexpected<Error>(written.error());
    if (*has_come) continue;
    if (Result<void> whole = check_end(parser); !whole) return pass_on(whole);
    return take_response(parser);
  }
}

Result<std::optional<std::string>> HttpClient::read_line(uint64_t time_limit_ns) {
  const uint64_t deadline_ns = deadline_after(time_limit_ns);
  size_t searched = 0;
  for (;;) {
    const size_t end = unread_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      unread_.erase(0, end + 1);
      return line;
    }
    searched = unread_.size();
    if (searched > kLineBytesMax) return fail(ErrorCode::protocol, "A line of lanewayd's stream has no end.");
    Result<bool> has_come = transport_->read(unread_, deadline_ns);
    if (!has_come) return pass_on(has_come);
    if (!*has_come) return std::nullopt;
  }
}

}  // namespace laneway
