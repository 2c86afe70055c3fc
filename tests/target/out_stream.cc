#include "target/out_stream.h"

#include <algorithm>

namespace laneway::fake {

namespace {

// Pieces that are sent and still remembered, before the rest moves to the front.
constexpr size_t kSentPiecesMax = 4096;

}  // namespace

void OutStream::close_own_piece() {
  if (own_in_pieces_ == own_.size()) return;
  pieces_.push_back({nullptr, own_in_pieces_, own_.size() - own_in_pieces_});
  own_in_pieces_ = own_.size();
}

void OutStream::lend(ByteView payload) {
  if (pieces_.empty()) own_in_pieces_ = sent_bytes_;
  close_own_piece();
  pieces_.push_back({payload.data(), 0, payload.size()});
  lent_bytes_ += payload.size();
}

ByteView OutStream::contiguous() const {
  LW_ASSERT(pieces_.empty());
  return ByteView(own_).subspan(sent_bytes_);
}

size_t OutStream::gather(std::span<iovec> into) {
  if (pieces_.empty()) {
    if (unsent_bytes() == 0) return 0;
    into[0] = {own_.data() + sent_bytes_, unsent_bytes()};
    return 1;
  }
  close_own_piece();
  const size_t count = std::min(into.size(), pieces_.size() - first_);
  for (size_t i = 0; i < count; ++i) {
    const Piece& piece = pieces_[first_ + i];
    // sendmsg() takes pointers to what it only reads.
    uint8_t* start = piece.lent != nullptr ? const_cast<uint8_t*>(piece.lent) : own_.data() + piece.own_offset;
    into[i] = {start, piece.bytes};
  }
  return count;
}

void OutStream::sent(size_t bytes) {
  LW_ASSERT(bytes <= unsent_bytes());
  sent_bytes_ += bytes;
  if (unsent_bytes() == 0) return clear();
  if (pieces_.empty()) return;
  while (bytes > 0) {
    Piece& piece = pieces_[first_];
    const size_t part = std::min(bytes, piece.bytes);
    bytes -= part;
    piece.bytes -= part;
    if (piece.lent != nullptr) piece.lent += part;
    piece.own_offset += part;
    if (piece.bytes == 0) ++first_;
  }
  if (first_ >= kSentPiecesMax) compact();
}

void OutStream::compact() {
  size_t own_start = own_in_pieces_;
  for (size_t i = first_; i < pieces_.size(); ++i) {
    if (pieces_[i].lent == nullptr) own_start = std::min(own_start, pieces_[i].own_offset);
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  const size_t unsent = unsent_bytes();
  own_.erase(own_.begin(), own_.begin() + static_cast<std::ptrdiff_t>(own_start));
  own_in_pieces_ -= own_start;
  lent_bytes_ = 0;
  for (Piece& piece : pieces_) {
    if (piece.lent != nullptr) {
      lent_bytes_ += piece.bytes;
    } else {
      piece.own_offset -= own_start;
    }
  }
  sent_bytes_ = own_.size() + lent_bytes_ - unsent;
}

void OutStream::clear() {
  own_.clear();
  pieces_.clear();
  first_ = own_in_pieces_ = lent_bytes_ = sent_bytes_ = 0;
}

}  // namespace laneway::fake
