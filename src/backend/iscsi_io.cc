#include "backend/iscsi_io.h"

#include <algorithm>

#include "base/units.h"
#include "scsi/cdb.h"

namespace laneway {

namespace {

// Of one command where the target tells no limit: longer ones would hold up everything behind them.
constexpr uint64_t kTransferBytesMax = 8 * kMiB;
constexpr uint64_t kRangeBytesMax = kGiB;

uint64_t limited(uint64_t bytes, uint64_t limit_bytes, uint64_t own_limit_bytes) {
  const uint64_t limit = limit_bytes == 0 ? own_limit_bytes : std::min(limit_bytes, own_limit_bytes);
  return std::min(bytes, limit);
}

uint64_t segment_bytes(std::span<const iovec> segments) {
  uint64_t sum = 0;
  for (const iovec& segment : segments) sum += segment.iov_len;
  return sum;
}

// One block that WRITE SAME repeats; only ever read.
std::array<uint8_t, 4096> zeroes{};

}  // namespace

void IscsiIo::start(BlockRequest& request) {
  request_ = &request;
  restart();
  was_lost = false;
  has_ended_ = false;
  attempts = 0;
  place = Place::held;
  leg = nullptr;
  sent_ns = 0;
  if (has_tale) tale = Tale();
  has_tale = false;
  task.owner = this;
}

void IscsiIo::restart() {
  cursor_ = SegmentCursor(request_->segments);
  done_bytes_ = 0;
  command_bytes_ = 0;
  is_syncing_ = false;
}

bool IscsiIo::needs_split(const LunLimits& limits) const {
  return is_transfer() &&
         request_->length_bytes > limited(request_->length_bytes, limits.transfer_max_bytes, kTransferBytesMax);
}

Status IscsiIo::prepare(const LunLimits& limits) {
  if (is_syncing_) {
    prepare_flush();
    return Status::ok;
  }
  switch (request_->op) {
    case BlockOp::read:
    case BlockOp::write:
      return prepare_transfer(limits);
    case BlockOp::flush:
      prepare_flush();
      return Status::ok;
    case BlockOp::discard:
      if (limits.has_unmap) return prepare_unmap(limits);
      if (limits.has_write_same_unmap) return prepare_write_same(limits, true);
      return Status::unsupported;
    case BlockOp::write_zeroes:
      if (!limits.has_write_same) return Status::unsupported;
      return prepare_write_same(limits,
                                request_->may_unmap && limits.has_write_same_unmap && limits.reads_zero_when_unmapped);
  }
  return Status::unsupported;
}

void IscsiIo::set_data(iscsi::DataDirection direction, std::span<const iovec> data, uint64_t bytes) {
  task.direction = direction;
  task.data = data;
  task.data_bytes = static_cast<uint32_t>(bytes);
}

Status IscsiIo::prepare_transfer(const LunLimits& limits) {
  uint64_t bytes = limited(left_bytes(), limits.transfer_max_bytes, kTransferBytesMax);
  std::span<const iovec> data = request_->segments;
  if (bytes < request_->length_bytes) {
    if (split == nullptr) return Status::io_error;
    data = cursor_.remaining(split->vectors);
    bytes = std::min(bytes, segment_bytes(data)) / limits.block_bytes * limits.block_bytes;
    // Only where a thousand segments do not make up one block.
    if (bytes == 0) return Status::unsupported;
  }
  command_bytes_ = bytes;
  const uint64_t lba = next_offset_bytes() / limits.block_bytes;
  const auto blocks = static_cast<uint32_t>(bytes / limits.block_bytes);
  if (request_->op == BlockOp::read) {
    task.cdb = scsi::encode_read_16(lba, blocks);
    set_data(iscsi::DataDirection::from_target, data, bytes);
  } else {
    task.cdb = scsi::encode_write_16(lba, blocks, request_->is_fua && limits.has_fua);
    set_data(iscsi::DataDirection::to_target, data, bytes);
  }
  return Status::ok;
}

Status IscsiIo::prepare_unmap(const LunLimits& limits) {
  command_bytes_ = limited(left_bytes(), limits.unmap_max_bytes, kRangeBytesMax);
  scsi::UnmapRange range;
  range.lba = next_offset_bytes() / limits.block_bytes;
  range.blocks = static_cast<uint32_t>(command_bytes_ / limits.block_bytes);
  unmap_list_ = scsi::encode_unmap_list(range);
  vector_ = {unmap_list_.data(), unmap_list_.size()};
  task.cdb = scsi::encode_unmap(static_cast<uint16_t>(unmap_list_.size()));
  set_data(iscsi::DataDirection::to_target, {&vector_, 1}, unmap_list_.size());
  return Status::ok;
}

Status IscsiIo::prepare_write_same(const LunLimits& limits, bool is_unmap) {
  command_bytes_ = limited(left_bytes(), limits.write_same_max_bytes, kRangeBytesMax);
  const auto blocks = static_cast<uint32_t>(command_bytes_ / limits.block_bytes);
  task.cdb = scsi::encode_write_same_16(next_offset_bytes() / limits.block_bytes, blocks, is_unmap);
  vector_ = {zeroes.data(), limits.block_bytes};
  set_data(iscsi::DataDirection::to_target, {&vector_, 1}, limits.block_bytes);
  return Status::ok;
}

void IscsiIo::prepare_flush() {
  command_bytes_ = 0;
  task.cdb = scsi::encode_synchronize_cache_10(0, 0);
  set_data(iscsi::DataDirection::none, {}, 0);
}

bool IscsiIo::needs_sync(const LunLimits& limits) const {
  if (!request_->is_fua || !limits.has_volatile_cache) return false;
  // WRITE SAME has no FUA bit.
  return request_->op == BlockOp::write_zeroes || (request_->op == BlockOp::write && !limits.has_fua);
}

bool IscsiIo::finish_command(const LunLimits& limits) {
  attempts = 0;
  if (request_->op == BlockOp::flush || is_syncing_) return true;
  done_bytes_ += command_bytes_;
  if (left_bytes() == 0) {
    is_syncing_ = needs_sync(limits);
    return !is_syncing_;
  }
  if (is_transfer()) cursor_.advance(command_bytes_);
  return false;
}

}  // namespace laneway
