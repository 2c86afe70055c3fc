#pragma once
// A stamp makes every 512-byte sector of a block tell where it belongs: run, address and sequence number, filler
// derived from them, and a checksum over all of it. What a read brings back is then intact, of another place, old, or
// torn, and check_stamp() says which. Free functions; any thread.

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace laneway {

struct BlockStamp {
  uint64_t run = 0;            // differs between runs, so that an earlier run's data is recognised
  uint64_t address_bytes = 0;  // of the block on its disk
  uint64_t sequence = 0;       // how many times the run has written the block
};

// `block` is a multiple of 512 bytes.
void write_stamp(ByteSpan block, const BlockStamp& stamp);
// Spoils every sector, so that a read which transfers nothing is found out.
void spoil(ByteSpan block);
// Empty where every sector is as `expected` says, else what is wrong with the first that is not.
std::string check_stamp(ByteView block, const BlockStamp& expected);

}  // namespace laneway
