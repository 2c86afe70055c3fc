#pragma once
// What OpenSSL says about its last failure on this thread, as words for a message; its queue is empty afterwards. Any
// thread.

#include <string>

namespace laneway {

std::string openssl_words();

}  // namespace laneway
