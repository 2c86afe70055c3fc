#include "guest/foreign_mapping.h"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/check.h"

namespace laneway {

namespace {

struct Slot {
  // 0: free, 1: being set up or taken down, else where the mapping begins.
  std::atomic<uintptr_t> begin{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<bool> is_lost{false};
};
constexpr uintptr_t kBusy = 1;

// All that the signal's handler looks at. It may run on any thread, in the middle of anything.
std::array<Slot, ForeignMapping::kMappingsMax> slots;
std::atomic<uint32_t> slots_used{0};  // none beyond was ever taken
std::atomic<uint32_t> lost_count{0};

uintptr_t number_of(const void* address) {
  // SAFE: compared as a number, never turned back into a pointer.
  return reinterpret_cast<uintptr_t>(address);
}

void* map_own_zeroes(void* at, uint64_t bytes) {
  return ::mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

// Replaces the mapping that holds `address`; false where there is none. Only what a signal's handler may do.
bool replace_mapping(void* address) {
  const uintptr_t at = number_of(address);
  const uint32_t used = slots_used.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < used; ++i) {
    Slot& slot = slots[i];
    // Acquire: the length belongs to it; pairs with the release in claim_slot().
    const uintptr_t begin = slot.begin.load(std::memory_order_acquire);
    if (begin <= kBusy || at < begin) continue;
    const uint64_t bytes = slot.bytes.load(std::memory_order_relaxed);
    if (at - begin >= bytes) continue;
    if (map_own_zeroes(static_cast<uint8_t*>(address) - (at - begin), bytes) == MAP_FAILED) return false;
    if (!slot.is_lost.exchange(true, std::memory_order_relaxed)) lost_count.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void bus_error(int number, siginfo_t* details, void* /*context*/) {
  const int saved_errno = errno;
  const bool is_fault = details->si_code > 0;
  if (!is_fault || !replace_mapping(details->si_addr)) {
    // Not one of these mappings: it ends the process, as it would without this handler.
    std::signal(number, SIG_DFL);
    if (!is_fault) std::raise(number);
  }
  errno = saved_errno;
}

bool install_handler() {
  struct sigaction action {};
  action.sa_sigaction = bus_error;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  return ::sigaction(SIGBUS, &action, nullptr) == 0;
}

uint32_t claim_slot(void* mapping, uint64_t bytes) {
  for (uint32_t i = 0; i < slots.size(); ++i) {
    uintptr_t expected = 0;
    if (slots[i].begin.load(std::memory_order_relaxed) != 0) continue;
    if (!slots[i].begin.compare_exchange_strong(expected, kBusy, std::memory_order_acq_rel)) continue;
    slots[i].bytes.store(bytes, std::memory_order_relaxed);
    slots[i].is_lost.store(false, std::memory_order_relaxed);
    // Release: length and state are there; pairs with the acquire in replace_mapping().
    slots[i].begin.store(number_of(mapping), std::memory_order_release);
    uint32_t used = slots_used.load(std::memory_order_relaxed);
    while (used <= i && !slots_used.compare_exchange_weak(used, i + 1, std::memory_order_release)) continue;
    return i;
  }
  return UINT32_MAX;
}

}  // namespace

ForeignMapping ForeignMapping::map(int fd, uint64_t bytes, uint64_t offset_bytes) {
  static const bool has_handler = install_handler();
  LW_ASSERT(has_handler);
  ForeignMapping made;
  // No MAP_POPULATE: pages are touched when I/O does, so that attaching a large guest costs nothing.
  void* mapping =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, static_cast<off_t>(offset_bytes));
  if (mapping == MAP_FAILED) return made;
  made.slot_ = claim_slot(mapping, bytes);
  if (made.slot_ == kNone) {
    ::munmap(mapping, bytes);
    errno = ENOMEM;
    return made;
  }
  made.base_ = static_cast<uint8_t*>(mapping);
  return made;
}

ForeignMapping& ForeignMapping::operator=(ForeignMapping&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  base_ = std::exchange(other.base_, nullptr);
  slot_ = std::exchange(other.slot_, kNone);
  return *this;
}

void ForeignMapping::unmap() {
  if (base_ == nullptr) return;
  Slot& slot = slots[std::exchange(slot_, kNone)];
  slot.begin.store(kBusy, std::memory_order_relaxed);
  ::munmap(std::exchange(base_, nullptr), slot.bytes.load(std::memory_order_relaxed));
  // Release: unmapped before the slot is another's; pairs with the exchange in claim_slot().
  slot.begin.store(0, std::memory_order_release);
}

bool ForeignMapping::is_lost() const {
  return base_ != nullptr && slots[slot_].is_lost.load(std::memory_order_relaxed);
}

uint32_t ForeignMapping::losses() { return lost_count.load(std::memory_order_relaxed); }

}  // namespace laneway
