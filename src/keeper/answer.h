#pragma once
// Answer is what the keeper says to a request: a text and perhaps descriptors, or an Error. Encoded: one byte, 0 or one
// more than the ErrorCode, and the text. Plain values and free functions; any thread.

#include <string>
#include <vector>

#include "keeper/packet.h"

namespace laneway {

struct Answer {
  std::string text;
  std::vector<UniqueFd> descriptors = {};
};

std::vector<uint8_t> encode_answer(const Result<Answer>& answer);
// The error where the answer brings one, or makes no sense.
Result<Answer> decode_answer(Packet packet);

}  // namespace laneway
