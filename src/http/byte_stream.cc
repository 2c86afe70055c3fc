#include "http/byte_stream.h"

#include <boost/asio/ssl/stream.hpp>

namespace laneway {

namespace {

void shut_down_sending(IoSocket& socket) {
  IoError ignored;
  (void)socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(IoSocket socket) : socket_(std::move(socket)) {}
  bool begin(const IoYield&) override { return true; }
  size_t read_some(char* begin, size_t size_max, IoError& error, const IoYield& yield) override {
    return socket_.async_read_some(asio::buffer(begin, size_max), yield[error]);
  }
  size_t write_some(std::string_view bytes, IoError& error, const IoYield& yield) override {
    return socket_.async_write_some(asio::buffer(bytes), yield[error]);
  }
  void end(const IoYield&) override { shut_down_sending(socket_); }
  IoSocket& socket() override { return socket_; }

 private:
  IoSocket socket_;
};

class TlsStream final : public ByteStream {
 public:
  TlsStream(IoSocket socket, SSL* tls) : socket_(std::move(socket)), tls_(socket_, tls) {}
  bool begin(const IoYield& yield) override {
    IoError error;
    tls_.async_handshake(asio::ssl::stream_base::server, yield[error]);
    is_begun_ = !error;
    return is_begun_;
  }
  size_t read_some(char* begin, size_t size_max, IoError& error, const IoYield& yield) override {
    return tls_.async_read_some(asio::buffer(begin, size_max), yield[error]);
  }
  size_t write_some(std::string_view bytes, IoError& error, const IoYield& yield) override {
    return tls_.async_write_some(asio::buffer(bytes), yield[error]);
  }
  void end(const IoYield& yield) override {
    IoError ignored;
    if (is_begun_) tls_.async_shutdown(yield[ignored]);
    shut_down_sending(socket_);
  }
  IoSocket& socket() override { return socket_; }

 private:
  IoSocket socket_;
  asio::ssl::stream<IoSocket&> tls_;
  bool is_begun_ = false;
};

}  // namespace

void ByteStream::cancel() {
  IoError ignored;
  (void)socket().cancel(ignored);
}

std::unique_ptr<ByteStream> make_plain_stream(IoSocket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<ByteStream> make_tls_stream(IoSocket socket, ssl_ctx_st* context) {
  SSL* const tls = ::SSL_new(context);
  if (tls == nullptr) return nullptr;
  return std::make_unique<TlsStream>(std::move(socket), tls);
}

}  // namespace laneway
