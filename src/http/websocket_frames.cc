#include "http/websocket_frames.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr size_t kMaskBytes = 4;
constexpr uint8_t kControlMaxBytes = 125;

uint8_t byte_at(std::string_view text, size_t index) { return static_cast<uint8_t>(text[index]); }

// In network order.
uint64_t number_in(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

void append_number(std::string& text, uint64_t number, size_t bytes) {
  for (size_t i = bytes; i > 0; --i) text += static_cast<char>(number >> (8 * (i - 1)) & 0xff);
}

size_t length_bytes_of(uint8_t length) { return length == 126 ? 2 : length == 127 ? 8 : 0; }

}  // namespace

WebSocketReader::Taken WebSocketReader::take(std::string_view bytes) {
  Taken taken;
  while (!bytes.empty() && !taken.is_closed && taken.refused.empty()) {
    if (!has_head_ && !take_head(bytes, taken)) continue;
    take_payload(bytes, taken);
  }
  return taken;
}

// True where the head is whole.
bool WebSocketReader::take_head(std::string_view& bytes, Taken& taken) {
  const size_t count = std::min(head_bytes_ - head_.size(), bytes.size());
  head_ += bytes.substr(0, count);
  bytes.remove_prefix(count);
  if (head_.size() < head_bytes_) return false;
  const size_t length_bytes = length_bytes_of(byte_at(head_, 1) & 0x7f);
  if (head_bytes_ == 2) {
    taken.refused = fault_of_head();
    head_bytes_ = 2 + length_bytes + kMaskBytes;
    return false;
  }
  left_bytes_ = byte_at(head_, 1) & 0x7f;
  if (length_bytes > 0) left_bytes_ = number_in(std::string_view(head_).substr(2, length_bytes));
  const uint64_t least = length_bytes == 2 ? 126 : length_bytes == 8 ? 65536 : 0;
  if (left_bytes_ < least || left_bytes_ > INT64_MAX) taken.refused = "a length is not written as it should be";
  taken_bytes_ = 0;
  has_head_ = taken.refused.empty();
  if (has_head_ && left_bytes_ == 0) end_frame(taken);
  return has_head_;
}

// Sections 5.2 to 5.5. Of the first two bytes.
std::string_view WebSocketReader::fault_of_head() const {
  const uint8_t first = byte_at(head_, 0);
  if ((first & 0x70) != 0) return "a reserved bit is set";
  if ((byte_at(head_, 1) & 0x80) == 0) return "a frame is not masked";
  const bool is_last = (first & 0x80) != 0;
  switch (opcode()) {
    case WebSocketOpcode::continuation:
      return is_in_message_ ? "" : "a message goes on that has not begun";
    case WebSocketOpcode::text:
    case WebSocketOpcode::binary:
      return is_in_message_ ? "a message begins inside another" : "";
    case WebSocketOpcode::close:
    case WebSocketOpcode::ping:
    case WebSocketOpcode::pong:
      return is_last && (byte_at(head_, 1) & 0x7f) <= kControlMaxBytes ? ""
                                                                       : "a control frame is too long or in pieces";
  }
  return "a frame is of a kind that does not exist";
}

void WebSocketReader::take_payload(std::string_view& bytes, Taken& taken) {
  const auto count = static_cast<size_t>(std::min<uint64_t>(left_bytes_, bytes.size()));
  std::string& into = is_control() ? control_ : taken.data;
  const std::string_view mask = std::string_view(head_).substr(head_.size() - kMaskBytes);
  for (size_t i = 0; i < count; ++i) into += static_cast<char>(bytes[i] ^ mask[(taken_bytes_ + i) % kMaskBytes]);
  bytes.remove_prefix(count);
  taken_bytes_ += count;
  left_bytes_ -= count;
  if (has_head_ && left_bytes_ == 0) end_frame(taken);
}

void WebSocketReader::end_frame(Taken& taken) {
  if (!is_control()) is_in_message_ = (byte_at(head_, 0) & 0x80) == 0;
  taken.is_closed = opcode() == WebSocketOpcode::close;
  const bool is_answered = opcode() == WebSocketOpcode::ping && taken.pings.size() < kPongsMaxBytes;
  if (is_answered) taken.pings += encode_frame(WebSocketOpcode::pong, control_);
  head_.clear();
  control_.clear();
  head_bytes_ = 2;
  has_head_ = false;
}

std::string encode_frame(WebSocketOpcode opcode, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 10);
  frame += static_cast<char>(0x80 | static_cast<uint8_t>(opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(126);
    append_number(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(127);
    append_number(frame, payload.size(), 8);
  }
  frame += payload;
  return frame;
}

std::string encode_close(uint16_t code, std::string_view reason) {
  std::string payload;
  append_number(payload, code, 2);
  payload += reason.substr(0, kControlMaxBytes - 2);
  return encode_frame(WebSocketOpcode::close, payload);
}

}  // namespace laneway
