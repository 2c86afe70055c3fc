#include "iscsi/crc32c.h"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace laneway::iscsi {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41, bits reversed
constexpr size_t kSlices = 8;

using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t slice = 1; slice < kSlices; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

uint32_t crc32c_by_table(uint32_t state, ByteView bytes) {
  while (bytes.size() >= kSlices) {
    const uint64_t word = load_le<uint64_t>(bytes, 0) ^ state;
    state = 0;
    for (size_t i = 0; i < kSlices; ++i) state ^= kTables[kSlices - 1 - i][word >> (8 * i) & 0xff];
    bytes = bytes.subspan(kSlices);
  }
  for (const uint8_t byte : bytes) state = state >> 8 ^ kTables[0][(state ^ byte) & 0xff];
  return state;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(uint32_t state, ByteView bytes) {
  uint64_t wide = state;
  while (bytes.size() >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof(word));
    wide = _mm_crc32_u64(wide, word);
    bytes = bytes.subspan(sizeof(word));
  }
  uint32_t narrow = static_cast<uint32_t>(wide);
  for (const uint8_t byte : bytes) narrow = _mm_crc32_u8(narrow, byte);
  return narrow;
}

bool has_crc32c_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

#else

uint32_t crc32c_by_instruction(uint32_t state, ByteView bytes) { return crc32c_by_table(state, bytes); }
bool has_crc32c_instruction() { return false; }

#endif

void Crc32c::update(ByteView bytes) {
  static const bool has_instruction = has_crc32c_instruction();
  state_ = has_instruction ? crc32c_by_instruction(state_, bytes) : crc32c_by_table(state_, bytes);
}

}  // namespace laneway::iscsi
