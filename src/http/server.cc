#include "http/server.h"

#include "http/server_loop.h"

namespace laneway {

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options, HttpHandler& handler) {
  auto inside = std::make_unique<Inside>(options, handler);
  if (Result<void> listening = inside->listen(); !listening) return pass_on(listening);
  inside->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(inside)));
}

HttpServer::HttpServer(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

HttpServer::~HttpServer() { stop(); }

uint16_t HttpServer::tls_port() const { return inside_->tls_port(); }

void HttpServer::tell_news() { inside_->tell_news(); }

Result<void> HttpServer::reload_certificate() { return inside_->reload_certificate(); }

void HttpServer::stop() { inside_->stop(); }

HttpCounters HttpServer::counters() const { return inside_->counters(); }

}  // namespace laneway
