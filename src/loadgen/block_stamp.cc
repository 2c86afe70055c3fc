#include "loadgen/block_stamp.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace laneway {

namespace {

constexpr size_t kSectorBytes = 512;
constexpr uint64_t kMagic = 0x3179'6177'656e'616c;

// The last word of a sector is the checksum of those before it.
struct SectorWire {
  uint64_t magic;
  uint64_t run;
  uint64_t address_bytes;
  uint64_t sequence;
  std::array<uint64_t, 59> filler;
  uint64_t checksum;
};
static_assert(sizeof(SectorWire) == kSectorBytes);

constexpr uint64_t mixed(uint64_t value) {
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
  return value ^ value >> 32;
}

uint64_t checksum_of(const SectorWire& sector) {
  uint64_t sum = mixed(sector.magic ^ mixed(sector.run ^ mixed(sector.address_bytes ^ mixed(sector.sequence))));
  for (const uint64_t word : sector.filler) sum = (sum << 7 | sum >> 57) ^ word * 0x9e3779b97f4a7c15u;
  return sum;
}

SectorWire sector_of(const BlockStamp& stamp, size_t offset_bytes) {
  SectorWire sector{kMagic, stamp.run, stamp.address_bytes + offset_bytes, stamp.sequence, {}, 0};
  uint64_t word = mixed(sector.address_bytes ^ mixed(stamp.sequence) ^ stamp.run);
  for (uint64_t& filler : sector.filler) {
    word = word * 6364136223846793005u + 1442695040888963407u;
    filler = word;
  }
  sector.checksum = checksum_of(sector);
  return sector;
}

std::string explain(const SectorWire& found, const SectorWire& expected) {
  const uint64_t address = expected.address_bytes;
  if (found.magic != kMagic) {
    return fmt::format("the sector at {} holds no stamp: what was written there is gone", address);
  }
  if (found.checksum != checksum_of(found)) {
    return fmt::format("the sector at {} is damaged: its checksum is wrong", address);
  }
  if (found.run != expected.run) {
    return fmt::format("the sector at {} holds data of an earlier run: write {} is lost", address, expected.sequence);
  }
  if (found.address_bytes != address) {
    return fmt::format("the sector at {} holds data that was written to {}", address, found.address_bytes);
  }
  if (found.sequence != expected.sequence) {
    return fmt::format("the sector at {} holds write {} of it, not write {}", address, found.sequence,
                       expected.sequence);
  }
  return fmt::format("the sector at {} is damaged: its filler is wrong under a right checksum", address);
}

}  // namespace

void write_stamp(ByteSpan block, const BlockStamp& stamp) {
  for (size_t offset = 0; offset + kSectorBytes <= block.size(); offset += kSectorBytes) {
    const SectorWire sector = sector_of(stamp, offset);
    std::memcpy(block.data() + offset, &sector, kSectorBytes);
  }
}

void spoil(ByteSpan block) {
  for (size_t offset = 0; offset + kSectorBytes <= block.size(); offset += kSectorBytes) {
    std::memset(block.data() + offset, 0x5a, sizeof(kMagic));
  }
}

std::string check_stamp(ByteView block, const BlockStamp& expected) {
  for (size_t offset = 0; offset + kSectorBytes <= block.size(); offset += kSectorBytes) {
    const SectorWire wanted = sector_of(expected, offset);
    if (std::memcmp(block.data() + offset, &wanted, kSectorBytes) == 0) continue;
    SectorWire found;
    std::memcpy(&found, block.data() + offset, kSectorBytes);
    return explain(found, wanted);
  }
  return {};
}

}  // namespace laneway
