#pragma once
// A committed sample of bytes that versions exchange: a text file of hexadecimal bytes, "#" begins a comment. Samples
// live in a module's testdata/; the bytes of a published one never change. Tests only, any thread.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace laneway::testing {

// One entry a line that has bytes; empty where there is no such file.
inline std::vector<std::vector<uint8_t>> sample_lines(const std::string& path) {
  std::vector<std::vector<uint8_t>> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    std::vector<uint8_t> bytes;
    char* at = line.data();
    for (char* end = nullptr;; at = end) {
      const unsigned long value = std::strtoul(at, &end, 16);
      if (end == at) break;
      bytes.push_back(static_cast<uint8_t>(value));
    }
    if (!bytes.empty()) out.push_back(std::move(bytes));
  }
  return out;
}

inline std::vector<uint8_t> sample(const std::string& path) {
  std::vector<uint8_t> out;
  for (const std::vector<uint8_t>& line : sample_lines(path)) out.insert(out.end(), line.begin(), line.end());
  return out;
}

// As a line of such a file: what a failing test shows.
inline std::string as_sample(const std::vector<uint8_t>& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) {
    if (!out.empty()) out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace laneway::testing
