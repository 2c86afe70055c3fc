#include "keeper/answer.h"

namespace laneway {

namespace {

constexpr size_t kTextBytesMax = 4096;

}  // namespace

std::vector<uint8_t> encode_answer(const Result<Answer>& answer) {
  const std::string_view text = answer ? std::string_view(answer->text) : std::string_view(answer.error().message);
  const auto code = static_cast<uint8_t>(answer ? 0 : 1 + static_cast<unsigned>(answer.error().code));
  std::vector<uint8_t> out = {code};
  const ByteView bytes = bytes_of_text(text.substr(0, kTextBytesMax));
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

Result<Answer> decode_answer(Packet packet) {
  if (packet.bytes.empty()) return fail(ErrorCode::protocol, "an empty answer of the keeper");
  const uint8_t code = packet.bytes.front();
  std::string text(text_of(ByteView(packet.bytes).subspan(1)));
  if (code == 0) return Answer{std::move(text), std::move(packet.descriptors)};
  const bool is_known = code <= 1 + static_cast<unsigned>(ErrorCode::internal);
  return tl::unexpected<Error>(
      Error{is_known ? static_cast<ErrorCode>(code - 1) : ErrorCode::internal, std::move(text)});
}

}  // namespace laneway
