#include "http/websocket_handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace laneway {

namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3
constexpr size_t kKeyChars = 24;                                             // 16 bytes in base64

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// One word of a list such as "keep-alive, Upgrade".
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (lower(item) == word) return true;
  }
  return false;
}

// Programs send no Origin. A page of ours has this server's own name in it.
bool is_own_page(const HttpRequest& request) {
  const std::string origin = lower(request.header("origin"));
  if (origin.empty()) return true;
  const std::string host = lower(request.header("host"));
  return origin == "https://" + host || (request.peer.is_local && origin == "http://" + host);
}

}  // namespace

UpgradeFault fault_of_upgrade(const HttpRequest& request) {
  if (!is_own_page(request)) {
    return {403, "The page that opens this WebSocket is of another server", "open it from this server's own console"};
  }
  const bool is_asked =
      has_word(request.header("connection"), "upgrade") && has_word(request.header("upgrade"), "websocket");
  if (!is_asked) return {426, "This is a WebSocket", "send Connection: Upgrade and Upgrade: websocket"};
  if (request.header("sec-websocket-version") != "13") {
    return {426, "The header Sec-WebSocket-Version is not 13", "send 13"};
  }
  if (request.header("sec-websocket-key").size() != kKeyChars) {
    return {400, "The header Sec-WebSocket-Key is not 16 bytes in base64", "send 24 characters of it"};
  }
  return {};
}

HttpResponse upgrade_response(const HttpRequest& request) {
  const std::string text = std::string(request.header("sec-websocket-key")) + std::string(kMagic);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  (void)EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  HttpResponse response{101, "", {}, ""};
  response.headers.emplace_back("upgrade", "websocket");
  response.headers.emplace_back("sec-websocket-accept", std::string(encoded.begin(), encoded.begin() + length));
  // noVNC asks for one by name and expects it back.
  if (has_word(request.header("sec-websocket-protocol"), "binary")) {
    response.headers.emplace_back("sec-websocket-protocol", "binary");
  }
  return response;
}

}  // namespace laneway
