#pragma once
// SeqCell<T> holds one plain value that one thread writes and any thread reads without either ever waiting for the
// other: a reader that meets the writer looks again, a bounded number of times. Fixed size, no allocation.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace laneway {

template <typename T>
class SeqCell {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(uint64_t) == 0);

 public:
  // The writer's thread.
  void write(const T& value) {
    const auto words = std::bit_cast<Words>(value);
    const uint32_t before = version_.load(std::memory_order_relaxed);
    version_.store(before + 1, std::memory_order_relaxed);
    // Release: who sees one of these words sees that a write has begun; pairs with the acquire in read().
    for (size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
    // Release: who sees the new version sees all words of it; pairs with the first acquire in read().
    version_.store(before + 2, std::memory_order_release);
  }

  // Any thread. Nothing where nothing was written yet, or where it was overwritten again and again meanwhile.
  std::optional<T> read() const {
    for (uint32_t i = 0; i < kTriesMax; ++i) {
      const uint32_t before = version_.load(std::memory_order_acquire);
      if (before == 0) return std::nullopt;
      Words words;
      for (size_t k = 0; k < kWords; ++k) words[k] = words_[k].load(std::memory_order_acquire);
      if (before % 2 == 0 && version_.load(std::memory_order_relaxed) == before) return std::bit_cast<T>(words);
    }
    return std::nullopt;
  }

 private:
  static constexpr size_t kWords = sizeof(T) / sizeof(uint64_t);
  static constexpr uint32_t kTriesMax = 64;
  using Words = std::array<uint64_t, kWords>;

  std::atomic<uint32_t> version_{0};  // odd: a write is under way
  std::array<std::atomic<uint64_t>, kWords> words_{};
};

}  // namespace laneway
