#include "http/openssl_error.h"

#include <openssl/err.h>

namespace laneway {

std::string openssl_words() {
  const unsigned long first = ::ERR_get_error();
  ::ERR_clear_error();
  const char* const words = first == 0 ? nullptr : ::ERR_reason_error_string(first);
  return words == nullptr ? "no reason given" : words;
}

}  // namespace laneway
