#pragma once
// ReceiveBuffer holds the bytes of the target that are not judged yet: filled at the end by the kernel, consumed from
// the front. Of fixed size; its owner never leaves more in it than one PDU less a byte. Owned by a Session; home
// reactor only.

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace laneway::iscsi {

class ReceiveBuffer {
 public:
  void allocate(size_t capacity_bytes) {
    storage_ = std::make_unique_for_overwrite<uint8_t[]>(capacity_bytes);
    capacity_bytes_ = capacity_bytes;
  }

  ByteView bytes() const { return {storage_.get() + begin_, end_ - begin_}; }
  void consume(size_t bytes) {
    LW_ASSERT(bytes <= end_ - begin_);
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  // Where the next bytes go. Moves what is left to the front where that is cheap, or where `needed_bytes` in all would
  // not fit behind it. Not while a receive is in flight.
  ByteSpan free_space(size_t needed_bytes) {
    const size_t left = end_ - begin_;
    if (begin_ > 0 && (left <= kCheapMoveBytes || capacity_bytes_ - begin_ < needed_bytes)) {
      std::memmove(storage_.get(), storage_.get() + begin_, left);
      begin_ = 0;
      end_ = left;
    }
    return {storage_.get() + end_, capacity_bytes_ - end_};
  }
  void commit(size_t bytes) {
    LW_ASSERT(bytes <= capacity_bytes_ - end_);
    end_ += bytes;
  }

 private:
  static constexpr size_t kCheapMoveBytes = 4096;

  std::unique_ptr<uint8_t[]> storage_;
  size_t capacity_bytes_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace laneway::iscsi
