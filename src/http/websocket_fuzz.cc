// A WebSocket client's bytes: the same whatever the pieces that they come in, and nothing is made up.
#include "base/bytes.h"
#include "base/check.h"
#include "http/websocket_frames.h"

using namespace laneway;

namespace {

WebSocketReader::Taken take_in_pieces(std::string_view bytes, size_t piece) {
  WebSocketReader reader;
  WebSocketReader::Taken all;
  for (size_t at = 0; at < bytes.size() && !all.is_closed && all.refused.empty(); at += piece) {
    const WebSocketReader::Taken taken = reader.take(bytes.substr(at, piece));
    all.data += taken.data;
    all.is_closed = taken.is_closed;
    all.refused = taken.refused;
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = text_of(ByteView(data, size));
  const WebSocketReader::Taken whole = take_in_pieces(bytes, size + 1);
  LW_ASSERT(whole.data.size() <= size);
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{64}}) {
    const WebSocketReader::Taken pieces = take_in_pieces(bytes, piece);
    LW_ASSERT(pieces.data == whole.data && pieces.is_closed == whole.is_closed && pieces.refused == whole.refused);
  }
  return 0;
}
