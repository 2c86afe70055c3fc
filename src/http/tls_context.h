#pragma once
// TlsContext is the server's side of TLS: TLS 1.2 and newer, one certificate with its key, which can be replaced while
// connections live on with the old one. Owned by the server; any thread.

#include <memory>
#include <mutex>

#include "base/result.h"
#include "http/server.h"

struct ssl_ctx_st;

namespace laneway {

class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> open(const HttpTls& options);

  // From the files as they are now; on failure nothing changes.
  Result<void> reload();
  // Calls `use` with OpenSSL's context, which is not replaced meanwhile.
  template <typename Use>
  auto with(Use use) {
    const std::lock_guard lock(mutex_);
    return use(context_.get());
  }

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  using Context = std::unique_ptr<ssl_ctx_st, FreeContext>;
  explicit TlsContext(const HttpTls& options) : options_(options) {}
  Result<Context> load() const;

  const HttpTls options_;
  std::mutex mutex_;
  Context context_;
};

}  // namespace laneway
