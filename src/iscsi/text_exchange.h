#pragma once
// TextExchange is one question in text keys and the target's answer, which may come in many PDUs (RFC
// 7143 11.10, 11.11). Bounded in bytes and in PDUs, whatever the target sends. Owned by a Session; home reactor only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iscsi/pdu.h"

namespace laneway::iscsi {

class TextExchange {
 public:
  static constexpr size_t kQuestionBytesMax = 4096;
  static constexpr uint32_t kPdusMax = 4096;

  explicit TextExchange(size_t answer_bytes_max) : answer_bytes_max_(answer_bytes_max) {}

  void begin(std::string_view question, uint32_t tag);
  bool is_pending() const { return is_pending_; }

  // True where a request is to be sent now: text() with transfer_tag(). Then requested().
  bool has_request() const { return has_request_; }
  const std::string& text() const { return question_; }
  uint32_t tag() const { return tag_; }
  uint32_t transfer_tag() const { return transfer_tag_; }
  void requested();

  // One Text Response to our tag.
  Result<void> take(bool is_final, uint32_t transfer_tag, std::string_view text);
  std::optional<std::string> take_answer();

 private:
  // Fixed after construction
  size_t answer_bytes_max_;
  // Home reactor only
  bool is_pending_ = false;
  bool has_request_ = false;
  bool is_complete_ = false;
  uint32_t tag_ = 0;
  uint32_t transfer_tag_ = kReservedTag;
  uint32_t pdus_ = 0;
  std::string question_;
  std::string answer_;
};

}  // namespace laneway::iscsi
