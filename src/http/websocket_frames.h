#pragma once
// WebSocket frames as bytes (RFC 6455): what a client sends is taken apart as it comes, whatever its pieces, and
// nothing of it is gathered but control frames, of at most 125 bytes. Text and binary messages are a stream of bytes
// here: where one ends means nothing. Plain objects, one connection's.

#include <cstdint>
#include <string>
#include <string_view>

namespace laneway {

enum class WebSocketOpcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Codes of section 7.4.1.
constexpr uint16_t kWebSocketNormal = 1000;
constexpr uint16_t kWebSocketGoingAway = 1001;
constexpr uint16_t kWebSocketProtocolError = 1002;
constexpr uint16_t kWebSocketInternalError = 1011;

class WebSocketReader {
 public:
  // What the bytes were.
  struct Taken {
    std::string data;          // of messages
    std::string pings;         // pongs that answer them, as frames
    bool is_closed = false;    // the client said that it ends
    std::string_view refused;  // why the connection must end with kWebSocketProtocolError; empty: it need not
  };
  // Takes all of the bytes, or up to where the connection ends.
  Taken take(std::string_view bytes);

 private:
  bool take_head(std::string_view& bytes, Taken& taken);
  std::string_view fault_of_head() const;
  void take_payload(std::string_view& bytes, Taken& taken);
  void end_frame(Taken& taken);
  bool is_control() const { return (static_cast<uint8_t>(head_[0]) & 0x08) != 0; }
  WebSocketOpcode opcode() const { return static_cast<WebSocketOpcode>(static_cast<uint8_t>(head_[0]) & 0x0f); }

  static constexpr size_t kPongsMaxBytes = 4096;  // answered in one go; more pings at once get no answer of their own

  std::string head_;          // of the frame that is under way, as far as it has come
  size_t head_bytes_ = 2;     // that the head has, as far as is known
  bool has_head_ = false;     // what comes is its payload
  uint64_t left_bytes_ = 0;   // of the payload
  uint64_t taken_bytes_ = 0;  // of the payload
  bool is_in_message_ = false;
  std::string control_;  // the payload of a control frame
};

// One whole frame from a server, unmasked.
std::string encode_frame(WebSocketOpcode opcode, std::string_view payload);
std::string encode_close(uint16_t code, std::string_view reason);

}  // namespace laneway
