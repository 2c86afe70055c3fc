#include "bench/probe/memory_probe.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/histogram.h"
#include "base/random.h"
#include "base/units.h"
#include "loadgen/cpu_pin.h"

namespace laneway::probe {

namespace {

constexpr uint64_t kSourceBytes = 256 * kMiB;

uint64_t now() { return MonotonicClock().now_ns(); }

bool wake(int fd) {
  const uint64_t one = 1;
  return ::write(fd, &one, sizeof(one)) == sizeof(one);
}

bool wait_for(int fd) {
  uint64_t count = 0;
  return ::read(fd, &count, sizeof(count)) == sizeof(count);
}

}  // namespace

Result<CopyFigures> measure_copies(int cpu, uint32_t block_bytes, uint32_t slots, uint64_t run_ns) {
  CopyFigures figures;
  std::thread worker([&] {
    pin_to(cpu);
    const std::vector<uint8_t> source(kSourceBytes, 3);
    std::vector<uint8_t> buffers(uint64_t{block_bytes} * slots);
    Random random(1);
    const uint64_t blocks = kSourceBytes / block_bytes;
    uint64_t copies = 0;
    const uint64_t begin_ns = now();
    uint64_t end_ns = begin_ns;
    while (end_ns - begin_ns < run_ns) {
      for (int i = 0; i < 64; ++i, ++copies) {
        std::memcpy(buffers.data() + copies % slots * block_bytes, source.data() + random.below(blocks) * block_bytes,
                    block_bytes);
        asm volatile("" ::: "memory");
      }
      end_ns = now();
    }
    figures.copies_per_second = static_cast<double>(copies) * 1e9 / static_cast<double>(end_ns - begin_ns);
    figures.gib_per_second = figures.copies_per_second * block_bytes / static_cast<double>(kGiB);
  });
  worker.join();
  return figures;
}

Result<uint64_t> measure_wake_ups(int cpu_a, int cpu_b, uint64_t run_ns) {
  const UniqueFd there(::eventfd(0, EFD_CLOEXEC));
  const UniqueFd back(::eventfd(0, EFD_CLOEXEC));
  if (!there || !back) return fail(ErrorCode::io, "cannot make event descriptors: {}", errno_text(errno));
  std::atomic<bool> is_over{false};
  auto latency = std::make_unique<FineHistogram>();
  std::thread far([&] {
    pin_to(cpu_b);
    while (wait_for(there.get()) && !is_over.load(std::memory_order_relaxed)) wake(back.get());
  });
  std::thread near([&] {
    pin_to(cpu_a);
    const uint64_t begin_ns = now();
    for (uint64_t sent_ns = begin_ns; sent_ns - begin_ns < run_ns; sent_ns = now()) {
      if (!wake(there.get()) || !wait_for(back.get())) break;
      latency->record(now() - sent_ns);
    }
    is_over.store(true, std::memory_order_relaxed);
    wake(there.get());
  });
  near.join();
  far.join();
  return latency->percentile_ns(500'000);
}

}  // namespace laneway::probe
