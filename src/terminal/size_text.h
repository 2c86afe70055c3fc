#pragma once
// Sizes, counts and times as people write and read them: "10G" to bytes (powers of 1024), bytes to "10 GiB". Any
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laneway {

// 512, 64K, 10M, 1G, 2T, also with "iB" after the letter; nothing for anything else and for what overflows.
std::optional<uint64_t> parse_size(std::string_view text);

std::string size_text(uint64_t bytes);            // "10 GiB", "1.5 TiB", "512 B"
std::string duration_text(uint64_t duration_ns);  // "850 ns", "12.3 us", "4.5 ms", "2.0 s"
std::string uptime_text(uint64_t seconds);        // "5 s", "3 min", "2 h 10 min", "4 d 3 h"
std::string count_text(uint64_t count);           // "1,234,567"

}  // namespace laneway
