#include "iscsi/data_cursor.h"

#include <algorithm>

namespace laneway::iscsi {

ByteSpan DataCursor::take_run(size_t bytes_max) {
  while (!pieces_.empty() && pieces_.front().iov_len == offset_) {
    pieces_ = pieces_.subspan(1);
    offset_ = 0;
  }
  LW_ASSERT(!pieces_.empty());
  const iovec& piece = pieces_.front();
  const size_t run = std::min(bytes_max, piece.iov_len - offset_);
  const ByteSpan bytes(static_cast<uint8_t*>(piece.iov_base) + offset_, run);
  offset_ += run;
  position_bytes_ += static_cast<uint32_t>(run);
  return bytes;
}

void DataCursor::copy_in(ByteView bytes) {
  while (!bytes.empty()) {
    const ByteSpan run = take_run(bytes.size());
    std::memcpy(run.data(), bytes.data(), run.size());
    bytes = bytes.subspan(run.size());
  }
}

void DataCursor::copy_out(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ByteSpan run = take_run(bytes.size());
    std::memcpy(bytes.data(), run.data(), run.size());
    bytes = bytes.subspan(run.size());
  }
}

void DataCursor::skip(size_t bytes) {
  while (bytes > 0) bytes -= take_run(bytes).size();
}

DataCursor::Lent DataCursor::lend(size_t bytes_max, std::span<iovec> into) const {
  Lent lent;
  size_t offset = offset_;
  for (const iovec& piece : pieces_) {
    if (lent.bytes == bytes_max || lent.pieces == into.size()) break;
    const size_t run = std::min(bytes_max - lent.bytes, piece.iov_len - offset);
    if (run > 0) into[lent.pieces++] = {static_cast<uint8_t*>(piece.iov_base) + offset, run};
    lent.bytes += run;
    offset = 0;
  }
  return lent;
}

}  // namespace laneway::iscsi
