#include "manager/testing/api_stage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace laneway {

namespace {

constexpr size_t kAnswerMaxBytes = 8 << 20;
constexpr PasswordHash::Cost kCheap{1, 8192};

HttpRequest request_of(const Sent& sent) {
  HttpRequest request;
  request.method = sent.method;
  const size_t question = std::min(sent.path.find('?'), sent.path.size());
  request.path = sent.path.substr(0, question);
  std::string_view rest = std::string_view(sent.path).substr(std::min(question + 1, sent.path.size()));
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    request.parameters.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
  }
  request.headers = sent.headers;
  if (!sent.body.is_null()) request.body = to_line(sent.body);
  if (!sent.raw_body.empty()) request.body = sent.raw_body;
  if (!request.body.empty() && request.header("content-type").empty()) {
    request.headers.emplace_back("content-type", "application/json");
  }
  return request;
}

// Two adapters, one of which can have functions of its own.
void lay_out_host(const TempDir& dir) {
  const std::pair<const char*, const char*> files[] = {{"sys/class/net/eth0/operstate", "up"},
                                                       {"sys/class/net/eth0/address", "02:00:00:00:00:01"},
                                                       {"sys/class/net/eth0/mtu", "9000"},
                                                       {"sys/class/net/eth0/speed", "25000"},
                                                       {"sys/class/net/eth0/device/numa_node", "0"},
                                                       {"sys/class/net/eth0/device/sriov_totalvfs", "64"},
                                                       {"sys/class/net/eth0/device/sriov_numvfs", "8"},
                                                       {"sys/class/net/lo/operstate", "unknown"},
                                                       {"sys/class/net/tap0/speed", "-1"},
                                                       {"proc/meminfo", "MemTotal:  16 kB"},
                                                       {"proc/stat", "cpu 1 2\nbtime 1700000000"}};
  for (const auto& [name, text] : files) {
    const std::filesystem::path path = dir.at(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
}

}  // namespace

class ApiStage::Exchange final : public HttpExchange {
 public:
  Exchange(ApiStage& stage, HttpRequest request) : stage_(stage), request_(std::move(request)) {}
  const HttpRequest& request() const override { return request_; }
  bool run_blocking(BlockingPool, BlockingWork& work) override {
    if (stage_.is_pool_full) return false;
    work.run();
    return true;
  }
  bool pause(uint64_t) override {
    if (stage_.pauses_turn) stage_.plane_->reconciler().turn();
    if (stage_.pauses_turn) stage_.plane_->machine_jobs().run_waiting();
    return stage_.pauses_turn;
  }

 private:
  ApiStage& stage_;
  const HttpRequest request_;
};

ApiStage::ApiStage() {
  lay_out_host(dir);
  peer.is_local = true;
  restart();
}

ApiStage::~ApiStage() = default;

void ApiStage::restart() {
  plane_.reset();
  auto opened = ControlPlane::open({store, engine, group, clock, wall_clock, kCheap, HostRoots{dir.path()}, &hypervisor,
                                    HostLimits{}, dir.path(), dir.at("images")});
  LW_ASSERT(opened.has_value());
  plane_ = std::move(*opened);
}

std::string ApiStage::Got::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

HttpAnswer ApiStage::send(const Sent& sent) {
  HttpRequest request = request_of(sent);
  request.peer = peer;
  for (const auto& header : credentials) request.headers.push_back(header);
  Exchange exchange(*this, request);
  HttpAnswer answer = plane_->api().handle(exchange);
  check(request, answer);
  return answer;
}

ApiStage::Got ApiStage::ask(const std::string& method, const std::string& path, const Json& body,
                            const HttpHeaders& headers) {
  HttpAnswer answer = send({method, path, body, headers, ""});
  Result<Json> parsed = parse_json(answer.response.body.empty() ? "null" : answer.response.body, kAnswerMaxBytes);
  return {answer.response.status, parsed.value_or(Json()), std::move(answer.response.headers)};
}

void ApiStage::settle() {
  for (int i = 0; i < 12; ++i) plane_->reconciler().turn();
}

void ApiStage::check(const HttpRequest& request, const HttpAnswer& answer) {
  const ApiMatch match = plane_->document().match(request.method, request.path);
  if (match.operation == nullptr) return;
  const HttpResponse& response = answer.response;
  seen.insert(fmt::format("{} {}", match.operation->id, response.status));
  if (!answer.events) check_body(*match.operation, response);
}

void ApiStage::check_body(const ApiOperation& operation, const HttpResponse& response) {
  const ApiDocument& document = plane_->document();
  const Json& exact = member(*operation.responses, std::to_string(response.status));
  const Json& described = document.resolve(exact.is_null() ? member(*operation.responses, "default") : exact);
  const std::string where = fmt::format("{} {}", operation.id, response.status);
  if (exact.is_null() && response.status < 400) last_mismatch = where + " is not in the document";
  const Json& content = member(described, "content");
  if (content.empty() != response.body.empty()) last_mismatch = where + ": body there or not there";
  if (response.body.empty()) return;
  if (!content.contains(response.content_type)) last_mismatch = where + ": " + response.content_type;
  const Json& schema = member(member(content, response.content_type), "schema");
  if (schema.is_null() || !response.content_type.ends_with("json")) return;
  Result<Json> body = parse_json(response.body, kAnswerMaxBytes);
  LW_ASSERT(body.has_value());
  const std::optional<Finding> found = plane_->schema().check(schema, *body, "");
  if (found)
    last_mismatch = fmt::format("{}: {} {}: {}", where, found->field, found->what, response.body.substr(0, 600));
}

Json target_spec(const std::string& iqn, const std::string& portal) { return {{"iqn", iqn}, {"portal", portal}}; }

Json lun_volume(const std::string& target, uint64_t lun) {
  return {{"kind", "lun"}, {"paths", {{{"target", target}, {"lun", lun}}}}};
}

Json memory_volume(uint64_t size_bytes) { return {{"kind", "memory"}, {"size_bytes", size_bytes}}; }

}  // namespace laneway
