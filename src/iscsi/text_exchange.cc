#include "iscsi/text_exchange.h"

#include <utility>

namespace laneway::iscsi {

void TextExchange::begin(std::string_view question, uint32_t tag) {
  LW_ASSERT(!is_pending_ && question.size() <= kQuestionBytesMax);
  question_ = question;
  answer_.clear();
  tag_ = tag;
  transfer_tag_ = kReservedTag;
  pdus_ = 0;
  is_pending_ = has_request_ = true;
  is_complete_ = false;
}

void TextExchange::requested() {
  has_request_ = false;
  question_.clear();  // what follows are empty requests for the rest of the answer
}

Result<void> TextExchange::take(bool is_final, uint32_t transfer_tag, std::string_view text) {
  if (!is_pending_ || has_request_) return fail(ErrorCode::protocol, "the target sent text that was not asked for");
  if (answer_.size() + text.size() > answer_bytes_max_ || ++pdus_ > kPdusMax) {
    return fail(ErrorCode::protocol, "the target's text does not end within {} bytes", answer_bytes_max_);
  }
  answer_.append(text);
  if (is_final) {
    is_pending_ = false;
    is_complete_ = true;
    return {};
  }
  if (transfer_tag == kReservedTag) {
    return fail(ErrorCode::protocol, "the target's text goes on but has no tag to ask for the rest with");
  }
  transfer_tag_ = transfer_tag;
  has_request_ = true;
  return {};
}

std::optional<std::string> TextExchange::take_answer() {
  if (!is_complete_) return std::nullopt;
  is_complete_ = false;
  return std::exchange(answer_, {});
}

}  // namespace laneway::iscsi
