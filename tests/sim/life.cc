#include "sim/life.h"

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define LANEWAY_SIM_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define LANEWAY_SIM_ASAN
#elif __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define LANEWAY_SIM_TSAN
#endif
#endif

namespace laneway::sim {

namespace {

constexpr size_t kStackBytes = 1 << 20;

Life* current = nullptr;

}  // namespace

Life::~Life() { LW_ASSERT(!has_died_); }  // what is on its stack may still be pointed to

// What the sanitizers are told: AddressSanitizer which stack is in use from now on, ThreadSanitizer which fiber runs.
bool Life::begin(Entry entry, void* argument) {
  LW_ASSERT(current == nullptr && !has_died_);
  if (stack_ == nullptr) stack_ = std::make_unique_for_overwrite<uint8_t[]>(kStackBytes);
  entry_ = entry;
  argument_ = argument;
  current = this;
  ucontext_t inside;
  LW_ASSERT(::getcontext(&inside) == 0);
  inside.uc_stack.ss_sp = stack_.get();
  inside.uc_stack.ss_size = kStackBytes;
  inside.uc_link = nullptr;
  ::makecontext(&inside, &Life::enter, 0);
#if defined(LANEWAY_SIM_ASAN)
  // The last frames of an earlier life never returned.
  __asan_unpoison_memory_region(stack_.get(), kStackBytes);
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, stack_.get(), kStackBytes);
#elif defined(LANEWAY_SIM_TSAN)
  outside_fiber_ = __tsan_get_current_fiber();
  fiber_ = __tsan_create_fiber(0);
  __tsan_switch_to_fiber(fiber_, 0);
#endif
  // getcontext() returns here once more, from leave().
  volatile bool has_begun = false;
  LW_ASSERT(::getcontext(&outside_) == 0);
  if (!has_begun) {
    has_begun = true;
    ::setcontext(&inside);
  }
#if defined(LANEWAY_SIM_ASAN)
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#elif defined(LANEWAY_SIM_TSAN)
  if (!has_died_) __tsan_destroy_fiber(fiber_);
#endif
  current = nullptr;
  return !has_died_;
}

void Life::enter() {
  Life& life = *current;
#if defined(LANEWAY_SIM_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &life.outside_stack_, &life.outside_stack_bytes_);
#endif
  life.entry_(life.argument_);
  life.leave(false);
}

void Life::die() {
  LW_ASSERT(current == this);
  leave(true);
}

void Life::leave(bool is_for_good) {
  has_died_ = is_for_good;
#if defined(LANEWAY_SIM_ASAN)
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, outside_stack_, outside_stack_bytes_);
#elif defined(LANEWAY_SIM_TSAN)
  __tsan_switch_to_fiber(outside_fiber_, 0);
#endif
  ::setcontext(&outside_);
  assertion_failed("a context that was left is entered again", __FILE__, __LINE__);
}

}  // namespace laneway::sim
