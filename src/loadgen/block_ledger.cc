#include "loadgen/block_ledger.h"

namespace laneway {

void BlockLedger::begin_read(uint64_t block, ByteSpan data) {
  entry(block) |= kBusy;
  spoil(data);
}

void BlockLedger::begin_write(uint64_t block, ByteSpan data) {
  entry(block) = ((entry(block) & kSequence) + 1) | kBusy;
  write_stamp(data, stamp_of(block));
}

std::string BlockLedger::finish_read(uint64_t block, ByteView data) {
  entry(block) &= ~kBusy;
  if (!is_known(block)) return {};
  return check_stamp(data, stamp_of(block));
}

void BlockLedger::finish_write(uint64_t block, bool is_ok) {
  entry(block) = (entry(block) & kSequence) | (is_ok ? 0 : kUnknown);
}

}  // namespace laneway
