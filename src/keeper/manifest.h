#pragma once
// Manifest is an item as it lies in the service manager's store: a memory file with the item's key, note and bytes, and
// the names under which its descriptors lie there. Foreign bytes when read: plain values and free functions; any
// thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

struct Manifest {
  std::string key;
  uint64_t note = 0;
  std::vector<uint64_t> descriptors;  // numbers of their names
  std::vector<uint8_t> bytes;
};

std::vector<uint8_t> encode_manifest(const Manifest& manifest);
Result<Manifest> decode_manifest(const std::vector<uint8_t>& bytes);

// In a memory file of its own.
Result<UniqueFd> write_manifest(const Manifest& manifest);
Result<Manifest> read_manifest(const UniqueFd& file);
// In place.
void write_note(const UniqueFd& file, uint64_t note);

}  // namespace laneway
