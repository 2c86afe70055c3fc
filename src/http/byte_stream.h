#pragma once
// ByteStream is a connection's bytes, plain or inside TLS. Each call suspends the coroutine that makes it; cancel()
// ends such a call with an error. Owned by its connection; HTTP thread.

#include <memory>
#include <string_view>

#include "http/asio_types.h"

struct ssl_ctx_st;

namespace laneway {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // False where the peer does not get through it.
  virtual bool begin(const IoYield& yield) = 0;
  virtual size_t read_some(char* begin, size_t size_max, IoError& error, const IoYield& yield) = 0;
  virtual size_t write_some(std::string_view bytes, IoError& error, const IoYield& yield) = 0;
  // Says that nothing more comes from here.
  virtual void end(const IoYield& yield) = 0;
  virtual IoSocket& socket() = 0;

  void cancel();
};

std::unique_ptr<ByteStream> make_plain_stream(IoSocket socket);
// `context` is OpenSSL's and is referenced by the stream. None where there is no memory.
std::unique_ptr<ByteStream> make_tls_stream(IoSocket socket, ssl_ctx_st* context);

}  // namespace laneway
