#pragma once
// Views of bytes and the loads and stores that turn them into numbers, in big and little endian, and into
// trivially copyable wire structs. Every access is bounds-checked by the caller or by copy_out/copy_in. Any thread.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/check.h"

namespace laneway {

using ByteView = std::span<const uint8_t>;  // bytes that are only read
using ByteSpan = std::span<uint8_t>;        // bytes that may be written

template <std::unsigned_integral T>
constexpr T byte_swap(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

// Reads a T in little (le) or big (be) endian at `offset`; the bytes must be there.
template <std::unsigned_integral T>
T load_le(ByteView bytes, size_t offset) {
  LW_ASSERT(offset <= bytes.size() && bytes.size() - offset >= sizeof(T));
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return std::endian::native == std::endian::little ? value : byte_swap(value);
}
template <std::unsigned_integral T>
T load_be(ByteView bytes, size_t offset) {
  return byte_swap(load_le<T>(bytes, offset));
}
inline uint32_t load_be24(ByteView bytes, size_t offset) {
  LW_ASSERT(offset <= bytes.size() && bytes.size() - offset >= 3);
  return uint32_t{bytes[offset]} << 16 | uint32_t{bytes[offset + 1]} << 8 | bytes[offset + 2];
}

// Writes a T in little or big endian at `offset`; the room must be there.
template <std::unsigned_integral T>
void store_le(ByteSpan bytes, size_t offset, T value) {
  LW_ASSERT(offset <= bytes.size() && bytes.size() - offset >= sizeof(T));
  if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}
template <std::unsigned_integral T>
void store_be(ByteSpan bytes, size_t offset, T value) {
  store_le(bytes, offset, byte_swap(value));
}
inline void store_be24(ByteSpan bytes, size_t offset, uint32_t value) {
  LW_ASSERT(offset <= bytes.size() && bytes.size() - offset >= 3 && value < (1u << 24));
  bytes[offset] = static_cast<uint8_t>(value >> 16);
  bytes[offset + 1] = static_cast<uint8_t>(value >> 8);
  bytes[offset + 2] = static_cast<uint8_t>(value);
}

// Copies a wire struct out of foreign bytes; false where they are too short.
template <typename T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] bool copy_out(ByteView bytes, size_t offset, T& out) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
  std::memcpy(&out, bytes.data() + offset, sizeof(T));
  return true;
}

// The bytes of a trivially copyable object, to read or to fill.
template <typename T>
requires(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>) ByteView bytes_of(const T& object) {
  // SAFE: any object may be read as bytes.
  return {reinterpret_cast<const uint8_t*>(&object), sizeof(T)};
}
template <typename T>
requires(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>) ByteSpan writable_bytes_of(T& object) {
  // SAFE: a trivially copyable object may be written as bytes.
  return {reinterpret_cast<uint8_t*>(&object), sizeof(T)};
}

// Text as bytes and back, without a copy.
inline ByteView bytes_of_text(std::string_view text) {
  // SAFE: char and uint8_t are both byte types.
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
  // SAFE: char and uint8_t are both byte types.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace laneway
