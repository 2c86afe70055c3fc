#include "http/request_reader.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/target.h"

namespace laneway {

namespace {

namespace http = boost::beast::http;

constexpr std::array kMethods = {http::verb::get,   http::verb::head,    http::verb::post,   http::verb::put,
                                 http::verb::patch, http::verb::delete_, http::verb::options};

bool is_offered(http::verb method) {
  for (const http::verb each : kMethods) {
    if (each == method) return true;
  }
  return false;
}

bool has_body_by_nature(http::verb method) {
  return method == http::verb::post || method == http::verb::put || method == http::verb::patch;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

}  // namespace

struct RequestReader::Parser {
  http::request_parser<http::string_body> beast;
  boost::system::error_code error;
};

RequestReader::RequestReader(const HttpLimits& limits) : limits_(limits), parser_(std::make_unique<Parser>()) {
  parser_->beast.header_limit(static_cast<uint32_t>(limits.header_bytes_max));
  parser_->beast.body_limit(limits.body_bytes_max);
}

RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::feed(std::string& bytes) {
  auto& beast = parser_->beast;
  if (state_ == State::body) beast.eager(true);
  size_t used = 0;
  while ((state_ == State::head || state_ == State::body) && used < bytes.size()) {
    const size_t count = beast.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), parser_->error);
    used += count;
    if (parser_->error && parser_->error != http::error::need_more) return refuse_bytes(bytes);
    if (beast.is_done()) {
      const bool was_head = state_ == State::head;
      state_ = State::done;
      if (was_head && check_head() == State::refused) break;
      request_.body = std::move(beast.get().body());
    } else if (state_ == State::head && beast.is_header_done()) {
      state_ = State::body;
      (void)check_head();
      break;
    }
    if (count == 0) break;
  }
  bytes.erase(0, used);
  return state_;
}

RequestReader::State RequestReader::refuse(unsigned status, std::string detail) {
  problem_ = Problem{.status = status, .detail = std::move(detail)};
  state_ = State::refused;
  return state_;
}

RequestReader::State RequestReader::refuse_bytes(const std::string& bytes) {
  const boost::system::error_code& error = parser_->error;
  if (error == http::error::body_limit) {
    return refuse(413, fmt::format("The request's body is larger than {} bytes.", limits_.body_bytes_max));
  }
  if (error == http::error::header_limit) {
    if (bytes.find('\n') == std::string::npos) return refuse(414, "The request's target is too long.");
    return refuse(431, fmt::format("The request's headers are larger than {} bytes.", limits_.header_bytes_max));
  }
  if (error == http::error::bad_version && bytes.find(" HTTP/2") != std::string::npos) {
    return refuse(505, "This server speaks HTTP/1.1.");
  }
  return refuse(400, fmt::format("The request is not HTTP/1.1: {}.", error.message()));
}

RequestReader::State RequestReader::check_head() {
  const auto& head = parser_->beast.get();
  std::string detail;
  if (!is_framing_sound(detail)) return refuse(400, std::move(detail));
  if (!is_offered(head.method())) {
    const std::string_view name = head.method_string();
    return refuse(405, fmt::format("The method {} is not offered.", name.substr(0, 32)));
  }
  if (head.version() < 11 && has_body_by_nature(head.method()) && !has_given_length()) {
    return refuse(411, "The request has no Content-Length.");
  }
  const auto expectation = head[http::field::expect];
  if (!expectation.empty() && !boost::beast::iequals(expectation, "100-continue")) {
    return refuse(417, "Of expectations, only 100-continue is met.");
  }
  Result<RequestTarget> target = decode_target(head.target());
  if (!target) return refuse(target.error().code == ErrorCode::no_space ? 414 : 400, target.error().message);
  request_.path = std::move(target->path);
  request_.parameters = std::move(target->parameters);
  take_fields();
  if (request_.path == "*" && request_.method != "OPTIONS") return refuse(400, "The target '*' is for OPTIONS only.");
  return state_;
}

// What a proxy in front could read differently is refused (RFC 9112 sections 3.2 and 6.3).
bool RequestReader::is_framing_sound(std::string& detail) const {
  const auto& head = parser_->beast.get();
  const size_t hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() >= 11)) {
    detail = "The request does not have exactly one Host.";
    return false;
  }
  const size_t encodings = head.count(http::field::transfer_encoding);
  const bool is_chunked = encodings == 1 && boost::beast::iequals(head[http::field::transfer_encoding], "chunked");
  if (encodings > 0 && (!is_chunked || head.version() < 11 || head.count(http::field::content_length) > 0)) {
    detail = "The request's Transfer-Encoding is not 'chunked' alone.";
    return false;
  }
  return true;
}

bool RequestReader::has_given_length() const { return parser_->beast.get().count(http::field::content_length) > 0; }

void RequestReader::take_fields() {
  const auto& head = parser_->beast.get();
  is_head_method_ = head.method() == http::verb::head;
  request_.method = is_head_method_ ? "GET" : std::string(head.method_string());
  for (const auto& field : head) {
    request_.headers.emplace_back(lower_case(field.name_string()), std::string(field.value()));
  }
}

bool RequestReader::wants_continue() const {
  return state_ == State::body && boost::beast::iequals(parser_->beast.get()[http::field::expect], "100-continue");
}

uint64_t RequestReader::body_bytes_max() const {
  const auto announced = parser_->beast.content_length();
  return announced ? std::min<uint64_t>(*announced, limits_.body_bytes_max) : limits_.body_bytes_max;
}

bool RequestReader::is_kept_alive() const { return state_ == State::done && parser_->beast.get().keep_alive(); }

}  // namespace laneway
