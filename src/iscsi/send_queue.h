#pragma once
// SendQueue is the byte stream to the target that is not sent yet, as a list of pieces: headers and the like in its own
// storage, payload in the memory of tasks. Filled at the end, sent from the front, of fixed size. Owned by a Session;
// home reactor only.
//
// Storage is used up front to back and starts over when everything is sent, so that headers that follow one another are
// one piece and nothing that the kernel may still read is written again.

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace laneway::iscsi {

class SendQueue {
 public:
  static constexpr size_t kPiecesMax = 1024;
  // Beyond this much waiting, nothing is added: what is urgent must not stand behind a mountain.
  static constexpr uint64_t kQueuedBytesMax = 1024 * 1024;

  explicit SendQueue(size_t storage_bytes);

  bool empty() const { return begin_position_ == end_position_; }
  bool has_room(size_t pieces, size_t storage_bytes) const;
  // Positions in the stream, counted from its start.
  uint64_t end_position() const { return end_position_; }
  uint64_t sent_position() const { return begin_position_; }

  // The next bytes of the stream, in the queue's storage, for the caller to fill in. has_room() said there is room.
  ByteSpan add_storage(size_t bytes);
  // Room for pieces of other memory; commit says how many were filled in and their bytes.
  std::span<iovec> free_pieces() { return std::span(pieces_).subspan(piece_count_); }
  void commit_pieces(size_t pieces, size_t bytes);

  // The pieces from the front, as many as fit; returns their number.
  size_t gather(std::span<iovec> into) const;
  void sent(size_t bytes);

 private:
  // Fixed after construction
  std::unique_ptr<uint8_t[]> storage_;
  size_t storage_bytes_;
  // Home reactor only
  std::vector<iovec> pieces_;
  size_t first_piece_ = 0;
  size_t piece_count_ = 0;  // one past the last
  size_t storage_used_ = 0;
  uint64_t begin_position_ = 0;
  uint64_t end_position_ = 0;
};

}  // namespace laneway::iscsi
