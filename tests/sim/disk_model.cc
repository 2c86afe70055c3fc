#include "sim/disk_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace laneway::sim {

namespace {

constexpr size_t kFaultsMax = 20;
constexpr uint32_t kMagic = 0x5ec70000;

uint64_t mix(uint64_t value) {
  value ^= value >> 31;
  value *= 0x9e3779b97f4a7c15;
  return value ^ value >> 29;
}

// Sector content: address, operation, then words that depend on both.
void fill_sector(uint64_t number, OpId id, ByteSpan bytes) {
  store_le<uint64_t>(bytes, 0, number);
  store_le<uint64_t>(bytes, 8, uint64_t{id} | uint64_t{kMagic} << 32);
  uint64_t word = mix(number << 32 | id);
  for (size_t at = 16; at < bytes.size(); at += 8) {
    word = mix(word + at);
    store_le<uint64_t>(bytes, at, word);
  }
}

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

DiskModel::DiskModel(uint64_t sectors) {
  Op empty;
  empty.kind = ModelOp::write_zeroes;
  empty.ended = 0;
  empty.is_in_flight = false;
  empty.is_well = true;
  ops_.push_back(empty);
  resize(sectors);
}

void DiskModel::resize(uint64_t sectors) { sectors_.resize(sectors, Sector{Version{}}); }

void DiskModel::add_fault(std::string text) {
  if (faults_.size() < kFaultsMax) faults_.push_back(std::move(text));
}

OpId DiskModel::begin(ModelOp kind, Extent extent, bool is_durable_at_end) {
  LW_ASSERT(extent.sector <= sectors_.size() && extent.sectors <= sectors_.size() - extent.sector);
  const auto id = static_cast<OpId>(ops_.size());
  Op op;
  op.kind = kind;
  op.extent = extent;
  op.began = ++now_;
  op.is_durable_at_end = is_durable_at_end;
  ops_.push_back(op);
  ++in_flight_;
  if (kind == ModelOp::flush) return id;
  if (kind == ModelOp::read) {
    auto& seen = reads_[id];
    seen.resize(extent.sectors);
    for (uint32_t i = 0; i < extent.sectors; ++i) {
      for (const Version& version : sectors_[extent.sector + i]) {
        if (version.is_visible) seen[i].push_back(version.id);
      }
    }
    return id;
  }
  for (uint64_t i = 0; i < extent.sectors; ++i) sectors_[extent.sector + i].push_back({id, true, true});
  for (auto& [read_id, seen] : reads_) {
    const Extent& wanted = ops_[read_id].extent;
    for (uint32_t i = 0; i < wanted.sectors; ++i) {
      const uint64_t number = wanted.sector + i;
      if (number >= extent.sector && number < extent.sector + extent.sectors) seen[i].push_back(id);
    }
  }
  return id;
}

void DiskModel::fill(OpId id, ByteSpan data) const {
  const Op& op = ops_[id];
  LW_ASSERT(data.size() == uint64_t{op.extent.sectors} * kSectorBytes);
  for (uint32_t i = 0; i < op.extent.sectors; ++i) {
    fill_sector(op.extent.sector + i, id, data.subspan(size_t{i} * kSectorBytes, kSectorBytes));
  }
}

// What ended before `op` began cannot be seen any more.
void DiskModel::replace_older(Sector& sector, const Op& op) {
  for (Version& version : sector) {
    if (ops_[version.id].ended < op.began) version.is_visible = false;
  }
}

// Whatever ended well before the event `before` is on stable storage now: older versions are gone for good.
void DiskModel::settle_durable(uint64_t number, uint64_t before) {
  Sector& sector = sectors_[number];
  uint64_t newest_began = 0;
  for (const Version& version : sector) {
    const Op& op = ops_[version.id];
    const bool covers = op.is_well && op.ended <= before && !op.is_excused && op.kind != ModelOp::discard;
    if (covers) newest_began = std::max(newest_began, op.began);
  }
  for (Version& version : sector) {
    if (ops_[version.id].ended < newest_began) version.is_kept = false;
  }
  const auto is_possible = [](const Version& version) { return version.is_visible && version.is_kept; };
  if (std::none_of(sector.begin(), sector.end(), is_possible)) {
    add_fault(fmt::format("sector {}: a flush was acknowledged, but the guest had already read that the write was lost",
                          number));
    for (Version& version : sector) version.is_kept = true;
  }
  for (Version& version : sector) version.is_visible = version.is_visible && version.is_kept;
  std::erase_if(sector, [](const Version& version) { return !version.is_visible && !version.is_kept; });
}

void DiskModel::end_flush(const Op& flush) {
  for (uint64_t number = 0; number < sectors_.size(); ++number) settle_durable(number, flush.began);
  if (listener != nullptr) listener->settled(0, sectors_.size());
}

void DiskModel::end_well(OpId id, ByteView data) {
  Op& op = ops_[id];
  if (!op.is_in_flight) {
    add_fault(fmt::format("operation {} was finished twice", id));
    return;
  }
  op.ended = ++now_;
  op.is_in_flight = false;
  op.is_well = true;
  --in_flight_;
  if (op.kind == ModelOp::read) return check_read(id, data);
  if (op.kind == ModelOp::flush) return end_flush(op);
  if (op.kind == ModelOp::discard) return;  // may have done nothing
  for (uint64_t i = 0; i < op.extent.sectors; ++i) {
    const uint64_t number = op.extent.sector + i;
    // A power cut between its beginning and its end may already have taken it back, unless it was to be durable.
    const bool may_be_lost = op.began < last_cut_ && !op.is_durable_at_end;
    if (!may_be_lost) replace_older(sectors_[number], op);
    if (op.is_durable_at_end) settle_durable(number, op.ended);
  }
  if (op.is_durable_at_end && listener != nullptr) listener->settled(op.extent.sector, op.extent.sectors);
}

void DiskModel::end_badly(OpId id) {
  Op& op = ops_[id];
  if (!op.is_in_flight) {
    add_fault(fmt::format("operation {} was finished twice", id));
    return;
  }
  op.ended = ++now_;
  op.is_in_flight = false;
  --in_flight_;
  reads_.erase(id);
  if (op.kind != ModelOp::flush) return;
  for (const Sector& sector : sectors_) {
    for (const Version& version : sector) {
      Op& told = ops_[version.id];
      if (version.id != 0 && told.ended <= op.ended) told.is_excused = true;
    }
  }
}

void DiskModel::cut_power() {
  last_cut_ = ++now_;
  for (Sector& sector : sectors_) {
    for (Version& version : sector) version.is_visible = version.is_kept;
  }
  for (auto& [id, seen] : reads_) {
    const Extent& extent = ops_[id].extent;
    for (uint32_t i = 0; i < extent.sectors; ++i) {
      for (const Version& version : sectors_[extent.sector + i]) seen[i].push_back(version.id);
    }
  }
}

SectorMark DiskModel::mark_of(ByteView sector) {
  const auto id = static_cast<uint32_t>(load_le<uint64_t>(sector, 8));
  if (load_le<uint32_t>(sector, 12) == kMagic) return SectorMark{id};
  return is_zero(sector) ? kZeroes : kNobodys;
}

void DiskModel::check_after_cut(uint64_t number, SectorMark mark) {
  const auto is_promised = [&](const Version& version) {
    return version.is_kept && (is_zero_kind(version.id) ? kZeroes : SectorMark{version.id}) == mark;
  };
  const Sector& sector = sectors_[number];
  if (std::any_of(sector.begin(), sector.end(), is_promised)) return;
  std::string expected;
  for (const Version& version : sector) {
    if (version.is_kept) expected += fmt::format(" {}{}", is_zero_kind(version.id) ? "zeroes " : "", version.id);
  }
  add_fault(fmt::format("a power cut now could leave {} in sector {}, allowed were the operations{}", describe(mark),
                        number, expected));
}

bool DiskModel::is_zero_kind(OpId id) const {
  return ops_[id].kind == ModelOp::write_zeroes || ops_[id].kind == ModelOp::discard;
}

bool DiskModel::looks_like(OpId id, uint64_t number, ByteView bytes) const {
  if (is_zero_kind(id)) return is_zero(bytes);
  uint8_t expected[kSectorBytes];
  fill_sector(number, id, expected);
  return std::equal(bytes.begin(), bytes.end(), expected);
}

void DiskModel::check_read(OpId id, ByteView data) {
  const Op& read = ops_[id];
  if (data.size() != uint64_t{read.extent.sectors} * kSectorBytes) {
    add_fault(fmt::format("read {} brought {} bytes instead of {}", id, data.size(),
                          uint64_t{read.extent.sectors} * kSectorBytes));
    reads_.erase(id);
    return;
  }
  const auto seen = reads_.extract(id);
  for (uint32_t i = 0; i < read.extent.sectors; ++i) {
    const uint64_t number = read.extent.sector + i;
    const ByteView bytes = data.subspan(size_t{i} * kSectorBytes, kSectorBytes);
    const std::vector<OpId>& allowed = seen.mapped()[i];
    const auto found = std::find_if(allowed.rbegin(), allowed.rend(),
                                    [&](OpId candidate) { return looks_like(candidate, number, bytes); });
    ++checked_sectors_;
    if (found == allowed.rend()) {
      std::string expected;
      for (const OpId candidate : allowed) {
        expected += fmt::format(" {}{}", is_zero_kind(candidate) ? "zeroes " : "", candidate);
      }
      add_fault(fmt::format("read {} of sector {} brought {}, allowed were the operations{}", id, number,
                            describe(number, bytes), expected));
      continue;
    }
    narrow(read, sectors_[number], *found);
  }
}

// After a quiet sector was read, its content is known.
void DiskModel::narrow(const Op& read, Sector& sector, OpId seen) {
  if (last_cut_ > read.began) return;
  for (const Version& version : sector) {
    if (ops_[version.id].ended >= read.began) return;
  }
  for (Version& version : sector) {
    const bool is_same = version.id == seen || (is_zero_kind(version.id) && is_zero_kind(seen));
    const bool may_come_late = !ops_[version.id].is_well;
    if (!is_same && !may_come_late) version.is_visible = false;
  }
}

std::string DiskModel::describe(SectorMark mark) const {
  const auto id = static_cast<OpId>(mark);
  if (mark == kZeroes) return "zeroes";
  if (id >= ops_.size()) return "bytes that nobody wrote";
  return fmt::format("write {} ({})", id, ops_[id].is_in_flight ? "in flight" : ops_[id].is_well ? "done" : "failed");
}

std::string DiskModel::describe(uint64_t number, ByteView bytes) const {
  if (is_zero(bytes)) return "zeroes";
  const auto id = static_cast<OpId>(load_le<uint64_t>(bytes, 8) & 0xffffffff);
  const uint64_t sector = load_le<uint64_t>(bytes, 0);
  if (load_le<uint32_t>(bytes, 12) != kMagic || id >= ops_.size()) return "bytes that nobody wrote";
  const bool is_whole = sector < sectors_.size() && looks_like(id, sector, bytes);
  const char* state = ops_[id].is_in_flight ? "in flight" : ops_[id].is_well ? "done" : "failed";
  return fmt::format("{}write {} ({}{})", is_whole ? "" : "a mixture with ", id, state,
                     sector == number ? "" : fmt::format(", of sector {}", sector));
}

}  // namespace laneway::sim
