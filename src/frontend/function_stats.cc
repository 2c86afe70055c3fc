#include "frontend/function_stats.h"

namespace laneway {

FunctionStatsSnapshot FunctionStats::snapshot() const {
  FunctionStatsSnapshot out;
  out.reads = reads.value();
  out.read_bytes = read_bytes.value();
  out.writes = writes.value();
  out.write_bytes = write_bytes.value();
  out.flushes = flushes.value();
  out.discards = discards.value();
  out.discard_bytes = discard_bytes.value();
  out.write_zeroes = write_zeroes.value();
  out.write_zeroes_bytes = write_zeroes_bytes.value();
  out.other_requests = other_requests.value();
  out.errors = errors.value();
  out.timeouts = timeouts.value();
  out.refused = refused.value();
  out.in_flight = in_flight.value();
  out.kicks = kicks.value();
  out.calls = calls.value();
  out.cpu_ns = cpu_ns.value();
  out.pool_waits = pool_waits.value();
  out.read_latency = summary_of(read_latency);
  out.write_latency = summary_of(write_latency);
  out.flush_latency = summary_of(flush_latency);
  for (size_t i = 0; i < kIoStages; ++i) out.stages[i] = stage_summary_of(trace.stages.of(static_cast<IoStage>(i)));
  out.slow_requests = trace.slow_requests.value();
  out.slow_ns = trace.slow_ns();
  return out;
}

}  // namespace laneway
