#pragma once
// ScsiDisk is one logical unit of the fake target: answers SCSI commands (SPC-4, SBC-3) on a Disk. Reads and writes
// move their data through the caller; everything else happens here. Owned by the FakeTarget, its thread.

#include <array>
#include <cstdint>
#include <optional>

#include "target/disk.h"
#include "target/fault.h"
#include "target/target_options.h"
#include "target/wire.h"

namespace laneway::fake {

using Cdb = std::array<uint8_t, 16>;

enum : uint8_t {
  kGood = 0x00,
  kCheckCondition = 0x02,
  kBusy = 0x08,
  kReservationConflict = 0x18,
  kTaskSetFull = 0x28,
};

struct Sense {
  uint8_t key = 0;
  uint8_t asc = 0;
  uint8_t ascq = 0;
};

struct ScsiOutcome {
  uint8_t status = kGood;
  Sense sense;
};

// A command that moves blocks between the initiator and the medium.
struct BlockMove {
  bool is_write = false;
  bool is_stable = false;  // FUA
  uint64_t offset_bytes = 0;
  uint64_t length_bytes = 0;
  ScsiOutcome refused;  // status other than good: it must not be executed
};

OpFilter op_of(const Cdb& cdb);
inline ScsiOutcome check(uint8_t key, uint8_t asc, uint8_t ascq = 0) { return {kCheckCondition, {key, asc, ascq}}; }
// How much of a reply the CDB has room for.
uint32_t allocation_length(const Cdb& cdb);
// The sense data of a response, in fixed or descriptor format.
Bytes encode_sense(const Sense& sense, bool is_descriptor_format);

class ScsiDisk {
 public:
  explicit ScsiDisk(const LunOptions& options);

  const LunOptions& options() const { return options_; }
  Disk& disk() { return *disk_; }
  // From now on this is a second logical unit on the other's medium: one disk's content, two task sets.
  void share_medium(ScsiDisk& other) { disk_ = &other.disk(); }
  // Another disk under the same number.
  void set_identity(uint64_t naa_high, uint64_t naa_low);
  void resize(uint64_t capacity_bytes);
  void set_read_only(bool is_read_only) { options_.is_read_only = is_read_only; }

  // Nothing where the command moves no blocks.
  std::optional<BlockMove> block_move(const Cdb& cdb) const;
  // Any other command: takes the parameters that the initiator sent, appends what it is to get (before truncation).
  ScsiOutcome execute(const Cdb& cdb, ByteView parameters, Bytes& reply);

 private:
  ScsiOutcome inquire(const Cdb& cdb, Bytes& reply) const;
  bool product_page(uint8_t page, Bytes& reply) const;
  void identification_page(Bytes& reply) const;
  void limits_page(Bytes& reply) const;
  void mode_sense(bool is_long, uint8_t page, Bytes& reply) const;
  void capacity_16(Bytes& reply) const;
  void capacity_10(Bytes& reply) const;
  ScsiOutcome sync(const Cdb& cdb);
  ScsiOutcome unmap(ByteView parameters);
  ScsiOutcome write_same(const Cdb& cdb, ByteView block);
  bool is_on_disk(uint64_t lba, uint64_t blocks) const;

  LunOptions options_;
  Disk own_disk_;
  Disk* disk_ = &own_disk_;
};

}  // namespace laneway::fake
