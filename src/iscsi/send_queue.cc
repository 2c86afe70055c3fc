#include "iscsi/send_queue.h"

#include <algorithm>

namespace laneway::iscsi {

SendQueue::SendQueue(size_t storage_bytes)
    : storage_(std::make_unique_for_overwrite<uint8_t[]>(storage_bytes)),
      storage_bytes_(storage_bytes),
      pieces_(kPiecesMax) {}

bool SendQueue::has_room(size_t pieces, size_t storage_bytes) const {
  return kPiecesMax - piece_count_ >= pieces && storage_bytes_ - storage_used_ >= storage_bytes &&
         end_position_ - begin_position_ < kQueuedBytesMax;
}

ByteSpan SendQueue::add_storage(size_t bytes) {
  LW_ASSERT(storage_bytes_ - storage_used_ >= bytes);
  uint8_t* place = storage_.get() + storage_used_;
  storage_used_ += bytes;
  end_position_ += bytes;
  if (piece_count_ > first_piece_) {
    iovec& last = pieces_[piece_count_ - 1];
    if (static_cast<uint8_t*>(last.iov_base) + last.iov_len == place) {
      last.iov_len += bytes;
      return {place, bytes};
    }
  }
  LW_ASSERT(piece_count_ < kPiecesMax);
  pieces_[piece_count_++] = {place, bytes};
  return {place, bytes};
}

void SendQueue::commit_pieces(size_t pieces, size_t bytes) {
  LW_ASSERT(kPiecesMax - piece_count_ >= pieces);
  piece_count_ += pieces;
  end_position_ += bytes;
}

size_t SendQueue::gather(std::span<iovec> into) const {
  const size_t count = std::min(into.size(), piece_count_ - first_piece_);
  std::copy_n(pieces_.begin() + static_cast<std::ptrdiff_t>(first_piece_), count, into.begin());
  return count;
}

void SendQueue::sent(size_t bytes) {
  LW_ASSERT(bytes <= end_position_ - begin_position_);
  begin_position_ += bytes;
  while (bytes > 0) {
    iovec& first = pieces_[first_piece_];
    if (bytes < first.iov_len) {
      first = {static_cast<uint8_t*>(first.iov_base) + bytes, first.iov_len - bytes};
      return;
    }
    bytes -= first.iov_len;
    ++first_piece_;
  }
  if (!empty()) return;
  first_piece_ = piece_count_ = storage_used_ = 0;
}

}  // namespace laneway::iscsi
