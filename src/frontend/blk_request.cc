#include "frontend/blk_request.h"

namespace laneway {

namespace {

constexpr BlkPrepared finish_with(BlkStatus status) { return {BlkOutcome::finish, status, {}}; }

// Whole logical blocks inside the disk. Nothing here can overflow: sectors are compared with what is left.
bool is_range_valid(uint64_t sector, uint64_t sectors, const BlkLimits& limits) {
  const uint64_t mask = limits.block_sectors - 1;  // a power of two
  if ((sector & mask) != 0 || (sectors & mask) != 0) return false;
  return sector <= limits.capacity_sectors && sectors <= limits.capacity_sectors - sector;
}

BlkPrepared prepare_transfer(const BlkRequestView& view, const BlkLimits& limits, BlockRequest& out) {
  const bool is_write = view.header.type == static_cast<uint32_t>(BlkType::out);
  if (is_write && limits.is_read_only) return finish_with(BlkStatus::io_error);
  const uint64_t bytes = is_write ? view.to_device_bytes : view.from_device_bytes;
  if (bytes % kBlkSectorBytes != 0 || bytes > kBlkDataBytesMax) return finish_with(BlkStatus::io_error);
  if (!is_range_valid(view.header.sector, bytes / kBlkSectorBytes, limits)) return finish_with(BlkStatus::io_error);
  if (bytes == 0) return finish_with(BlkStatus::ok);
  out.op = is_write ? BlockOp::write : BlockOp::read;
  out.is_fua = is_write && limits.is_writethrough;
  out.may_unmap = false;
  out.offset_bytes = view.header.sector * kBlkSectorBytes;
  out.length_bytes = bytes;
  return {BlkOutcome::submit, BlkStatus::ok, is_write ? view.to_device : view.from_device};
}

// DISCARD and WRITE_ZEROES: the same rules with other limits and flags.
BlkPrepared prepare_range(const BlkRequestView& view, const BlkLimits& limits, BlockRequest& out) {
  const bool is_discard = view.header.type == static_cast<uint32_t>(BlkType::discard);
  if (is_discard ? !limits.can_discard : !limits.can_write_zeroes) return finish_with(BlkStatus::unsupported);
  if (limits.is_read_only) return finish_with(BlkStatus::io_error);
  BlkRangeWire range;
  if (!decode_blk_range(view.to_device, view.to_device_bytes, range)) return finish_with(BlkStatus::io_error);
  const uint32_t known_flags = is_discard ? 0 : kBlkRangeUnmap;
  if ((range.flags & ~known_flags) != 0) return finish_with(BlkStatus::unsupported);
  const uint32_t sectors_max = is_discard ? limits.discard_sectors_max : limits.write_zeroes_sectors_max;
  if (range.sectors > sectors_max || !is_range_valid(range.sector, range.sectors, limits)) {
    return finish_with(BlkStatus::io_error);
  }
  if (range.sectors == 0) return finish_with(BlkStatus::ok);
  out.op = is_discard ? BlockOp::discard : BlockOp::write_zeroes;
  out.is_fua = limits.is_writethrough;
  out.may_unmap = (range.flags & kBlkRangeUnmap) != 0;
  out.offset_bytes = range.sector * kBlkSectorBytes;
  out.length_bytes = uint64_t{range.sectors} * kBlkSectorBytes;
  return {BlkOutcome::submit, BlkStatus::ok, {}};
}

}  // namespace

BlkPrepared prepare_blk_request(const BlkRequestView& view, const BlkLimits& limits, BlockRequest& out) {
  switch (static_cast<BlkType>(view.header.type)) {
    case BlkType::in:
    case BlkType::out:
      return prepare_transfer(view, limits, out);
    case BlkType::flush:
      out.op = BlockOp::flush;
      out.is_fua = out.may_unmap = false;
      out.offset_bytes = out.length_bytes = 0;
      return {BlkOutcome::submit, BlkStatus::ok, {}};
    case BlkType::get_id:
      return {BlkOutcome::get_id, BlkStatus::ok, view.from_device};
    case BlkType::discard:
    case BlkType::write_zeroes:
      return prepare_range(view, limits, out);
  }
  return finish_with(BlkStatus::unsupported);
}

BlkStatus encode_blk_status(Status status) {
  switch (status) {
    case Status::ok:
      return BlkStatus::ok;
    case Status::unsupported:
      return BlkStatus::unsupported;
    case Status::io_error:
    case Status::out_of_range:
    case Status::read_only:
    case Status::no_space:
    case Status::timed_out:
    case Status::reservation_conflict:
    case Status::medium_error:
    case Status::device_gone:
    case Status::aborted:
      return BlkStatus::io_error;
  }
  return BlkStatus::io_error;
}

}  // namespace laneway
