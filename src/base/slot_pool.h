#pragma once
// SlotPool holds a fixed number of objects at stable addresses, made once; taking and giving back are O(1) and allocate
// nothing. An empty pool is back-pressure, not an error. Objects keep their content between uses. One thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"

namespace laneway {

template <typename T>
class SlotPool {
 public:
  explicit SlotPool(uint32_t capacity) : slots_(std::make_unique<T[]>(capacity)), capacity_(capacity) {
    free_.reserve(capacity);
    for (uint32_t i = capacity; i > 0; --i) free_.push_back(i - 1);
  }

  // A free object, or null where all are taken.
  T* take() {
    if (free_.empty()) return nullptr;
    T& slot = slots_[free_.back()];
    free_.pop_back();
    return &slot;
  }
  void give_back(T& slot) {
    LW_ASSERT(free_.size() < capacity_);
    free_.push_back(index_of(slot));
  }

  uint32_t index_of(const T& slot) const {
    LW_ASSERT(&slot >= slots_.get() && &slot < slots_.get() + capacity_);
    return static_cast<uint32_t>(&slot - slots_.get());
  }
  T& at(uint32_t index) {
    LW_ASSERT(index < capacity_);
    return slots_[index];
  }
  uint32_t capacity() const { return capacity_; }
  uint32_t free_count() const { return static_cast<uint32_t>(free_.size()); }

 private:
  // Fixed after construction
  std::unique_ptr<T[]> slots_;
  uint32_t capacity_;
  // Owner's thread only
  std::vector<uint32_t> free_;
};

}  // namespace laneway
