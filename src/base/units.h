#pragma once
// Constants for bytes and time. Times inside the engine are uint64_t nanoseconds of a monotonic Clock (clock.h) in
// variables that end in _ns; sizes are bytes in variables that end in _bytes. Any thread.

#include <cstdint>

namespace laneway {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kGiB = 1024 * kMiB;

constexpr uint64_t kMicrosecond = 1000;
constexpr uint64_t kMillisecond = 1000 * kMicrosecond;
constexpr uint64_t kSecond = 1000 * kMillisecond;
constexpr uint64_t kNever = UINT64_MAX;  // a deadline that does not come

}  // namespace laneway
