// Loaded before a target's own libraries (LD_PRELOAD): some of its writes reach their file late, as those to a disk
// that stalls now and then. A write that was accepted from a session that is gone can so land after later ones.

#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>

namespace {

using WriteAt = ssize_t(int, const void*, size_t, off64_t);

constexpr uint32_t kEvery = 150;  // one write in so many stalls
constexpr int kStallMs = 3000;    // longer than a new login takes

std::atomic<uint32_t> writes{0};

}  // namespace

extern "C" ssize_t pwrite64(int file, const void* data, size_t bytes, off64_t offset) {
  static WriteAt* const next = std::bit_cast<WriteAt*>(::dlsym(RTLD_NEXT, "pwrite64"));
  if (writes.fetch_add(1, std::memory_order_relaxed) % kEvery == 0) ::poll(nullptr, 0, kStallMs);
  return next(file, data, bytes, offset);
}
