#include "manager/site.h"

namespace laneway {

Result<std::unique_ptr<Site>> Site::open(HttpHandler& api, const std::string& console_directory) {
  if (console_directory.empty()) return std::unique_ptr<Site>(new Site(api, nullptr));
  Result<std::unique_ptr<StaticFiles>> console = StaticFiles::open(console_directory);
  if (!console) return pass_on(console);
  return std::unique_ptr<Site>(new Site(api, std::move(*console)));
}

namespace {

bool is_of_api(std::string_view path) { return path.starts_with("/api/") || path == "/metrics"; }

}  // namespace

HttpAnswer Site::handle(HttpExchange& exchange) {
  const HttpRequest& request = exchange.request();
  if (console_ == nullptr || is_of_api(request.path)) return api_.handle(exchange);
  return {console_->answer(request), nullptr};
}

}  // namespace laneway
