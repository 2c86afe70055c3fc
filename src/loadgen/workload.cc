#include "loadgen/workload.h"

namespace laneway {

namespace {

constexpr int kTriesMax = 16;  // for a block without a request in flight

__extension__ using Wide = unsigned __int128;

uint64_t scaled(uint64_t chance, uint64_t bound) {
  return static_cast<uint64_t>(static_cast<Wide>(chance) * bound >> 64);
}

}  // namespace

Workload::Workload(const Options& options) : options_(options), random_(options.seed) {
  LW_ASSERT(options.block_count > 0);
  if (options.verify_run == 0) return;
  ledger_.emplace(options.verify_run, options.block_bytes, options.first_block, options.block_count);
}

uint64_t Workload::next_block(uint64_t chance) {
  if (!options_.is_sequential) return options_.first_block + scaled(chance, options_.block_count);
  const uint64_t block = options_.first_block + cursor_;
  cursor_ = cursor_ + 1 == options_.block_count ? 0 : cursor_ + 1;
  return block;
}

std::optional<Workload::Pick> Workload::pick() {
  if (is_reading_back_) return pick_to_read_back();
  if (ledger_) return pick_verified();
  const uint64_t chance = random_.next();
  const uint64_t block = next_block(chance);
  if (options_.read_percent == 100) return Pick{false, block};
  // Another mixture of the same draw: independent enough of the block, and half the price of a second one.
  return Pick{scaled(chance * 0x9e3779b97f4a7c15u, 100) >= options_.read_percent, block};
}

std::optional<Workload::Pick> Workload::pick_verified() {
  for (int i = 0; i < kTriesMax; ++i) {
    const uint64_t block = next_block(random_.next());
    if (ledger_->is_busy(block)) continue;
    const bool is_write = !ledger_->is_known(block) || random_.below(100) >= options_.read_percent;
    return Pick{is_write, block};
  }
  return std::nullopt;
}

void Workload::begin_reading_back() {
  is_reading_back_ = true;
  cursor_ = 0;
}

std::optional<Workload::Pick> Workload::pick_to_read_back() {
  while (cursor_ < options_.block_count) {
    const uint64_t block = options_.first_block + cursor_++;
    if (ledger_->is_known(block)) return Pick{false, block};
  }
  return std::nullopt;
}

}  // namespace laneway
