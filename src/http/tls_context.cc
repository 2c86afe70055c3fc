#include "http/tls_context.h"

#include <openssl/ssl.h>

#include "http/openssl_error.h"

namespace laneway {

namespace {

// Of TLS 1.2; those of 1.3 are all sound.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

}  // namespace

void TlsContext::FreeContext::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }

Result<std::unique_ptr<TlsContext>> TlsContext::open(const HttpTls& options) {
  auto made = std::unique_ptr<TlsContext>(new TlsContext(options));
  if (Result<void> loaded = made->reload(); !loaded) return pass_on(loaded);
  return made;
}

Result<void> TlsContext::reload() {
  Result<Context> loaded = load();
  if (!loaded) return pass_on(loaded);
  const std::lock_guard lock(mutex_);
  context_ = std::move(*loaded);
  return {};
}

Result<TlsContext::Context> TlsContext::load() const {
  Context context(::SSL_CTX_new(::TLS_server_method()));
  SSL_CTX* const raw = context.get();
  if (raw == nullptr || SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 ||
      ::SSL_CTX_set_cipher_list(raw, kCiphers) != 1) {
    return fail(ErrorCode::internal, "TLS cannot be used: {}.", openssl_words());
  }
  (void)::SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  (void)SSL_CTX_set_mode(
      raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (::SSL_CTX_use_certificate_chain_file(raw, options_.certificate_path.c_str()) != 1) {
    return fail(ErrorCode::invalid_argument, "The certificate {} cannot be used ({}); check that it is a PEM file.",
                options_.certificate_path, openssl_words());
  }
  if (::SSL_CTX_use_PrivateKey_file(raw, options_.key_path.c_str(), SSL_FILETYPE_PEM) != 1 ||
      ::SSL_CTX_check_private_key(raw) != 1) {
    return fail(ErrorCode::invalid_argument, "The key {} cannot be used ({}); check that it is the key of {}.",
                options_.key_path, openssl_words(), options_.certificate_path);
  }
  return context;
}

}  // namespace laneway
