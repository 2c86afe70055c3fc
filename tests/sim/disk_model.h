#pragma once
// DiskModel says what a guest may read from its disk, given what it wrote, when, and what it was told. Every sector
// carries its address and the operation that wrote it, so a wrong byte names its origin. Writes that overlap in time
// may win in either order; a write that ended before another began may never win over it. Used by the simulation; one
// thread.
//
// Time is a counter of events: begin() and end() of operations and power cuts are in the order in which the guest knows
// them.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace laneway::sim {

using OpId = uint32_t;

enum class ModelOp : uint8_t { read, write, flush, discard, write_zeroes };

struct Extent {
  uint64_t sector = 0;
  uint32_t sectors = 0;
};

// What a sector's content says about where it comes from.
enum class SectorMark : uint32_t {};
constexpr SectorMark kZeroes{0};            // or the id of a write
constexpr SectorMark kNobodys{UINT32_MAX};  // bytes that nobody wrote

// Hears when less may be gone after a power cut than before.
class DurabilityListener {
 public:
  virtual void settled(uint64_t first_sector, uint64_t sectors) = 0;

 protected:
  ~DurabilityListener() = default;
};

class DiskModel {
 public:
  static constexpr uint32_t kSectorBytes = 512;

  explicit DiskModel(uint64_t sectors);

  // The guest is about to make an operation visible to the device. `is_durable_at_end`: a write that the device must
  // not finish before it is on stable storage.
  OpId begin(ModelOp kind, Extent extent, bool is_durable_at_end = false);
  // What a write of that id must carry.
  void fill(OpId id, ByteSpan data) const;
  // The device finished it without an error; `data` is what a read brought.
  void end_well(OpId id, ByteView data = {});
  // It failed, or nobody will ever tell (the device was reset): its effect may come or not, until it is overwritten.
  void end_badly(OpId id);
  // What was not flushed may be gone.
  void cut_power();
  // Sectors that are new read as zero.
  void resize(uint64_t sectors);
  uint64_t sectors() const { return sectors_.size(); }

  bool is_in_flight(OpId id) const { return ops_[id].is_in_flight; }
  size_t in_flight() const { return in_flight_; }
  uint64_t checked_sectors() const { return checked_sectors_; }
  static SectorMark mark_of(ByteView sector);
  // A power cut now could leave this: it must be something that the guest has to accept then.
  void check_after_cut(uint64_t number, SectorMark mark);
  DurabilityListener* listener = nullptr;
  // What went wrong, in words; empty while all is well. Only the first few are kept.
  const std::vector<std::string>& faults() const { return faults_; }
  void add_fault(std::string text);

 private:
  struct Op {
    ModelOp kind = ModelOp::read;
    Extent extent;
    uint64_t began = 0;
    uint64_t ended = UINT64_MAX;
    bool is_in_flight = true;
    bool is_well = false;
    bool is_durable_at_end = false;
    bool is_excused = false;  // a failed flush told the guest that it may be lost
  };
  // One operation's mark on one sector.
  struct Version {
    OpId id = 0;
    bool is_visible = true;  // a read may return it
    bool is_kept = true;     // a power cut may bring it back
  };
  using Sector = std::vector<Version>;

  void replace_older(Sector& sector, const Op& op);
  void settle_durable(uint64_t number, uint64_t before);
  void end_flush(const Op& flush);
  void check_read(OpId id, ByteView data);
  void narrow(const Op& read, Sector& sector, OpId seen);
  bool is_zero_kind(OpId id) const;
  bool looks_like(OpId id, uint64_t number, ByteView bytes) const;
  std::string describe(SectorMark mark) const;
  std::string describe(uint64_t number, ByteView bytes) const;

  std::vector<Op> ops_;  // by id; 0 is the empty disk
  std::vector<Sector> sectors_;
  std::map<OpId, std::vector<std::vector<OpId>>> reads_;  // in flight: by sector what may be seen
  std::vector<std::string> faults_;
  uint64_t now_ = 1;
  uint64_t last_cut_ = 0;
  uint64_t checked_sectors_ = 0;
  size_t in_flight_ = 0;
};

}  // namespace laneway::sim
