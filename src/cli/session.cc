#include "cli/session.h"

#include <charconv>
#include <cstdlib>
#include <ostream>

#include "base/clock.h"
#include "cli/yaml_text.h"
#include "rpc/default_paths.h"
#include "terminal/secret.h"

namespace laneway {

namespace {

constexpr size_t kAnswerBytesMax = 64 * kMiB;
constexpr uint64_t kIdleMaxNs = 3 * kSecond;  // lanewayd ends connections that are idle for longer
constexpr uint16_t kHttpsPort = 443;

ErrorCode code_of(unsigned status) {
  switch (status) {
    case 400:
    case 415:
      return ErrorCode::invalid_argument;
    case 401:
    case 403:
      return ErrorCode::permission_denied;
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 412:
      return ErrorCode::in_use;
    case 503:
      return ErrorCode::unreachable;
    default:
      return ErrorCode::refused;
  }
}

std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

// "https://HOST[:PORT]"; an IPv6 address is in brackets.
Result<HttpClientOptions> decode_https(std::string text) {
  const tl::unexpected<Error> wrong =
      fail(ErrorCode::invalid_argument, "'{}' is no address of lanewayd; give https://HOST:PORT or unix:PATH.", text);
  text.erase(0, std::string_view("https://").size());
  if (!text.empty() && text.back() == '/') text.pop_back();
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string::npos ? 0 : bracket);
  HttpClientOptions options{.host = text.substr(0, colon), .port = kHttpsPort};
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data() + colon + 1, end, options.port);
    if (failure != std::errc() || stop != end || options.port == 0) return wrong;
  }
  if (bracket != std::string::npos) options.host = text.substr(1, bracket - 1);
  if (options.host.empty() || options.host.find('/') != std::string::npos) return wrong;
  return options;
}

Error error_of(const HttpResponse& response) {
  const Result<Json> problem = parse_json(response.body, kAnswerBytesMax);
  std::string detail = problem ? text_at(*problem, "detail") : "";
  if (detail.empty()) detail = fmt::format("lanewayd answered {} without a reason; see its log.", response.status);
  return {code_of(response.status), std::move(detail)};
}

}  // namespace

std::string encode_segment(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '_' || c == '-' || c == '~' || c == ':';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<HttpClientOptions> ApiSession::where() const {
  if (url.starts_with("https://")) {
    Result<HttpClientOptions> options = decode_https(url);
    if (options) options->ca_path = ca_file;
    return options;
  }
  if (url.starts_with("unix:") && url.size() > 5) return HttpClientOptions{.unix_path = url.substr(5)};
  if (!url.empty()) {
    return fail(ErrorCode::invalid_argument, "'{}' is no address of lanewayd; give https://HOST:PORT or unix:PATH.",
                url);
  }
  Result<std::string> run_dir = default_run_dir();
  if (!run_dir) return fail(ErrorCode::unreachable, "XDG_RUNTIME_DIR is not set; say where lanewayd is by --url.");
  return HttpClientOptions{.unix_path = *run_dir + "/lanewayd.sock"};
}

Result<std::unique_ptr<HttpClient>> ApiSession::connect(uint64_t time_limit_ns) {
  Result<HttpClientOptions> options = where();
  if (!options) return pass_on(options);
  options->time_limit_ns = time_limit_ns;
  options->body_bytes_max = kAnswerBytesMax;
  return HttpClient::connect(*options);
}

Result<HttpHeaders> ApiSession::credentials() {
  if (token_.empty() && !token_file.empty()) {
    Result<std::string> token = read_secret_file(token_file, err());
    if (!token) return pass_on(token);
    token_ = *token;
  }
  const char* from_environment = std::getenv("LANEWAY_TOKEN");
  if (token_.empty() && from_environment != nullptr) token_ = from_environment;
  HttpHeaders headers;
  if (!token_.empty()) headers.emplace_back("authorization", "Bearer " + token_);
  return headers;
}

Result<HttpResponse> ApiSession::send(const HttpClient::Call& call, uint64_t time_limit_ns) {
  has_answered_ = false;
  MonotonicClock clock;
  const bool is_stale = clock.now_ns() - used_at_ns_ > kIdleMaxNs || client_limit_ns_ != time_limit_ns;
  if (client_ == nullptr || is_stale) {
    Result<std::unique_ptr<HttpClient>> connected = connect(time_limit_ns);
    if (!connected) return pass_on(connected);
    client_ = std::move(*connected);
    client_limit_ns_ = time_limit_ns;
  }
  const bool is_used = used_at_ns_ != 0;
  Result<HttpResponse> response = client_->send(call);
  if (!response && is_used && call.method == "GET") {
    // lanewayd may have restarted since; to look twice changes nothing.
    Result<std::unique_ptr<HttpClient>> connected = connect(time_limit_ns);
    if (!connected) return pass_on(connected);
    client_ = std::move(*connected);
    response = client_->send(call);
  }
  used_at_ns_ = clock.now_ns();
  has_answered_ = response.has_value();
  if (!response || header_of(*response, "connection") == "close") client_.reset();
  return response;
}

Result<ApiAnswer> ApiSession::ask(const ApiRequest& request) {
  Result<HttpHeaders> headers = credentials();
  if (!headers) return pass_on(headers);
  if (!request.if_match.empty()) headers->emplace_back("if-match", request.if_match);
  HttpClient::Call call{.method = request.verb, .target = "/api/v1" + request.path, .headers = std::move(*headers)};
  if (!request.body.is_null()) call.body = to_line(request.body);
  Result<HttpResponse> response = send(call, request.time_limit_ns);
  if (!response) return pass_on(response);
  if (response->status >= 400) return tl::unexpected<Error>(error_of(*response));
  ApiAnswer answer{.status = response->status, .etag = header_of(*response, "etag")};
  const std::string location = header_of(*response, "location");
  answer.task = location.substr(location.rfind('/') + 1);
  if (response->body.empty()) return answer;
  Result<Json> body = parse_json(response->body, kAnswerBytesMax);
  if (!body) return fail(ErrorCode::protocol, "lanewayd's answer is no JSON; check what listens there.");
  answer.body = std::move(*body);
  return answer;
}

Result<Json> ApiSession::get(const std::string& path) {
  Result<ApiAnswer> answer = ask({.path = path});
  if (!answer) return pass_on(answer);
  return std::move(answer->body);
}

Result<Json> ApiSession::list(const std::string& path, const std::vector<std::string>& filters) {
  Json items = Json::array();
  std::string next;
  do {
    std::string query = "?limit=1000";
    for (const std::string& filter : filters) query += "&filter=" + encode_segment(filter);
    if (!next.empty()) query += "&continue=" + encode_segment(next);
    Result<Json> page = get(path + query);
    if (!page) return pass_on(page);
    for (const Json& item : member(*page, "items")) items.push_back(item);
    next = text_at(*page, "continue");
  } while (!next.empty());
  return items;
}

Result<std::unique_ptr<HttpClient>> ApiSession::open_watch(const std::string& last_id) {
  has_answered_ = false;
  Result<HttpHeaders> headers = credentials();
  if (!headers) return pass_on(headers);
  if (!last_id.empty()) headers->emplace_back("last-event-id", last_id);
  Result<std::unique_ptr<HttpClient>> client = connect(60 * kSecond);
  if (!client) return pass_on(client);
  Result<HttpResponse> head = (*client)->open_stream({.target = "/api/v1/watch", .headers = std::move(*headers)});
  if (!head) return pass_on(head);
  has_answered_ = true;
  if (head->status >= 400) return tl::unexpected<Error>(error_of(*head));
  return client;
}

void ApiSession::print_data(const Json& result) {
  if (output == "yaml") {
    out() << to_yaml(result);
  } else {
    Printer::print_data(result);
  }
}

ExitCode ApiSession::report(const Error& error) {
  say(error.message);
  if (!has_answered_ && error.code == ErrorCode::invalid_argument) return ExitCode::usage;
  return has_answered_ ? ExitCode::refused : ExitCode::unreachable;
}

Result<Json> ApiSession::function_stats(const std::string& name) {
  return get(name.empty() ? "/function-stats" : "/functions/" + encode_segment(name) + "/stats");
}

Result<Json> ApiSession::function_explanation(const std::string& name) {
  return get("/functions/" + encode_segment(name) + "/explain");
}

Result<Json> ApiSession::function_shape(const std::string& name) {
  const Result<Json> function = get("/functions/" + encode_segment(name));
  if (!function) return function;
  Json shape = member(*function, "spec");
  shape["name"] = name;
  shape["socket_path"] = text_at(member(*function, "status"), "socket_path");
  if (text_at(shape, "socket_path").empty()) {
    return fail(ErrorCode::not_found, "Function '{}' is not served, so it has no socket; laneway vf show {} says why.",
                name, name);
  }
  return shape;
}

}  // namespace laneway
