#pragma once
// Site is what lanewayd answers with: the API below /api/ and /metrics, and, where there is one, the console elsewhere.
// Owned by the daemon, outlives the server; called on its thread.

#include <memory>
#include <string>

#include "http/static_files.h"

namespace laneway {

class Site final : public HttpHandler {
 public:
  // An empty directory: no console. Its files are read here and never again.
  static Result<std::unique_ptr<Site>> open(HttpHandler& api, const std::string& console_directory);

  HttpAnswer handle(HttpExchange& exchange) override;

 private:
  Site(HttpHandler& api, std::unique_ptr<StaticFiles> console) : api_(api), console_(std::move(console)) {}

  // Fixed after construction
  HttpHandler& api_;
  const std::unique_ptr<StaticFiles> console_;
};

}  // namespace laneway
