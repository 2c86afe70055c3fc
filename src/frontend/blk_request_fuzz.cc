// A request as a guest may write it: header, data and status split as the input says, under limits that the input
// chooses. What is submitted to a back-end is always inside the disk and whole blocks.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/testing/accepted_inputs.h"
#include "frontend/blk_request.h"

namespace {

using namespace laneway;

// Splits the bytes into segments whose lengths the control bytes say.
void split(ByteSpan bytes, ByteView control, bool is_writable, ChainSegments& out) {
  size_t at = 0;
  for (size_t i = 0; at < bytes.size() && out.count < ChainSegments::kMax; ++i) {
    const size_t wanted = i < control.size() ? 1u + control[i] : bytes.size();
    const size_t length = std::min(wanted, bytes.size() - at);
    out.list[out.count++] = {bytes.data() + at, length};
    at += length;
  }
  if (!is_writable) out.readable_count = out.count;
  (is_writable ? out.writable_bytes : out.readable_bytes) = at;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 24) return 0;
  static ChainSegments segments;
  const ByteView input(data, size);
  std::array<uint8_t, 4096> readable{};
  std::array<uint8_t, 4096> writable{};
  const size_t readable_bytes = std::min<size_t>(load_le<uint16_t>(input, 0), readable.size());
  const size_t writable_bytes = std::min<size_t>(load_le<uint16_t>(input, 2), writable.size());
  BlkLimits limits;
  limits.capacity_sectors = load_le<uint32_t>(input, 4);
  limits.block_sectors = (input[8] & 1) != 0 ? 8 : 1;
  limits.capacity_sectors -= limits.capacity_sectors % limits.block_sectors;
  limits.is_read_only = (input[8] & 2) != 0;
  limits.is_writethrough = (input[8] & 4) != 0;
  limits.can_discard = (input[8] & 8) != 0;
  limits.can_write_zeroes = (input[8] & 16) != 0;
  limits.discard_sectors_max = load_le<uint32_t>(input, 9);
  limits.write_zeroes_sectors_max = load_le<uint32_t>(input, 13);
  const ByteView control = input.subspan(17, 7);
  const ByteView content = input.subspan(24);
  std::copy_n(content.begin(), std::min(content.size(), readable.size()), readable.begin());

  segments.clear();
  split(ByteSpan(readable).first(readable_bytes), control, false, segments);
  split(ByteSpan(writable).first(writable_bytes), control, true, segments);
  BlkRequestView view;
  if (decode_blk_request(segments, view) != RingFault::none) return 0;
  laneway::testing::AcceptedInputs::count();
  *view.status = 1;
  BlockRequest request;
  const BlkPrepared prepared = prepare_blk_request(view, limits, request);
  if (prepared.outcome != BlkOutcome::submit || request.op == BlockOp::flush) return 0;
  const uint64_t capacity_bytes = limits.capacity_sectors * kBlkSectorBytes;
  const uint64_t block_bytes = uint64_t{limits.block_sectors} * kBlkSectorBytes;
  LW_ASSERT(request.length_bytes > 0 && request.length_bytes <= capacity_bytes);
  LW_ASSERT(request.offset_bytes <= capacity_bytes - request.length_bytes);
  LW_ASSERT(request.offset_bytes % block_bytes == 0 && request.length_bytes % block_bytes == 0);
  LW_ASSERT(!limits.is_read_only || request.op == BlockOp::read);
  uint64_t total = 0;
  for (const iovec& segment : prepared.data) total += segment.iov_len;
  const bool is_transfer = request.op == BlockOp::read || request.op == BlockOp::write;
  LW_ASSERT(total == (is_transfer ? request.length_bytes : 0));
  return 0;
}
