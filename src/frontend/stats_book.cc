#include "frontend/stats_book.h"

namespace laneway {

namespace {

void add(FunctionStats& sum, const FunctionStats& block) {
  using Counter = StatCounter FunctionStats::*;
  static constexpr Counter kCounters[] = {
      &FunctionStats::reads,          &FunctionStats::read_bytes,   &FunctionStats::writes,
      &FunctionStats::write_bytes,    &FunctionStats::flushes,      &FunctionStats::discards,
      &FunctionStats::discard_bytes,  &FunctionStats::write_zeroes, &FunctionStats::write_zeroes_bytes,
      &FunctionStats::other_requests, &FunctionStats::errors,       &FunctionStats::timeouts,
      &FunctionStats::refused,        &FunctionStats::in_flight,    &FunctionStats::kicks,
      &FunctionStats::calls,          &FunctionStats::pool_waits,   &FunctionStats::cpu_ns};
  for (const Counter counter : kCounters) (sum.*counter).add((block.*counter).value());
  sum.read_latency.merge(block.read_latency);
  sum.write_latency.merge(block.write_latency);
  sum.flush_latency.merge(block.flush_latency);
  sum.trace.stages.merge(block.trace.stages);
  sum.trace.slow_requests.add(block.trace.slow_requests.value());
  sum.trace.set_slow_ns(block.trace.slow_ns());
}

}  // namespace

FunctionStats& StatsBook::take() {
  for (const auto& block : blocks_) {
    if (block->is_taken) continue;
    block->is_taken = true;
    return block->stats;
  }
  blocks_.push_back(std::make_unique<Block>());
  Block& block = *blocks_.back();
  block.stats.trace.set_slow_ns(slow_ns_.load(std::memory_order_relaxed));
  block.older = newest_.load(std::memory_order_relaxed);
  // Release: from here on any thread may read the block; pairs with the acquire in snapshot().
  newest_.store(&block, std::memory_order_release);
  return block.stats;
}

void StatsBook::give_back(const FunctionStats& stats) {
  for (const auto& block : blocks_) {
    if (&block->stats == &stats) block->is_taken = false;
  }
}

uint64_t StatsBook::samples() const {
  uint64_t samples = 0;
  for (const Block* block = newest(); block != nullptr; block = block->older)
    samples += block->stats.trace.samples.value();
  return samples;
}

void StatsBook::add_stages(StageHistograms& sum) const {
  for (const Block* block = newest(); block != nullptr; block = block->older) sum.merge(block->stats.trace.stages);
}

std::vector<SlowRequest> StatsBook::slow_requests() const {
  std::vector<SlowRequest> out;
  for (const Block* block = newest(); block != nullptr; block = block->older) block->stats.trace.recorder.add_to(out);
  return out;
}

void StatsBook::set_slow_ns(uint64_t slow_ns) {
  slow_ns_.store(slow_ns, std::memory_order_relaxed);
  for (Block* block = newest(); block != nullptr; block = block->older) block->stats.trace.set_slow_ns(slow_ns);
}

FunctionStatsSnapshot StatsBook::snapshot() const {
  const Block* newest = this->newest();
  FunctionStatsSnapshot out;
  if (newest != nullptr && newest->older == nullptr) {
    out = newest->stats.snapshot();
  } else if (newest != nullptr) {
    const auto sum = std::make_unique<FunctionStats>();
    for (const Block* block = newest; block != nullptr; block = block->older) add(*sum, block->stats);
    out = sum->snapshot();
  }
  out.ring_errors = control_.ring_errors.value();
  out.protocol_errors = control_.protocol_errors.value();
  out.connections = control_.connections.value();
  out.refused_connections = control_.refused_connections.value();
  return out;
}

}  // namespace laneway
