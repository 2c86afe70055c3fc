#pragma once
// OutStream is what a connection has still to send: bytes of its own, and payload lent by a medium that is not copied.
// Owned by a TargetConnection, its thread.

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "target/wire.h"

namespace laneway::fake {

class OutStream {
 public:
  // Where the next own bytes are appended; nothing in it before its present end is to be touched.
  Bytes& own() { return own_; }
  // Sends `payload` after what is there now. It must stay where it is until it is sent; what it holds then is sent.
  void lend(ByteView payload);

  size_t unsent_bytes() const { return own_.size() + lent_bytes_ - sent_bytes_; }
  // The unsent bytes as one piece; only where nothing was lent.
  ByteView contiguous() const;
  // The unsent bytes as pieces, as many as fit; returns their number.
  size_t gather(std::span<iovec> into);
  void sent(size_t bytes);
  void clear();

 private:
  struct Piece {
    const uint8_t* lent = nullptr;  // null: own bytes
    size_t own_offset = 0;
    size_t bytes = 0;
  };
  void close_own_piece();
  void compact();

  Bytes own_;
  std::vector<Piece> pieces_;  // empty while nothing was lent: then all is own_ after sent_bytes_
  size_t first_ = 0;           // piece that is not wholly sent
  size_t own_in_pieces_ = 0;
  size_t lent_bytes_ = 0;
  size_t sent_bytes_ = 0;
};

}  // namespace laneway::fake
