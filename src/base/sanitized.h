#pragma once
// Whether this build has a sanitizer, as g++ and clang say it: its runtime has threads and a heap of its own, reads
// /proc and traces itself. Constant; any thread.

namespace laneway {

#if defined(__SANITIZE_THREAD__)
constexpr bool kHasThreadSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool kHasThreadSanitizer = true;
#else
constexpr bool kHasThreadSanitizer = false;
#endif
#else
constexpr bool kHasThreadSanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = kHasThreadSanitizer;
#endif
#else
constexpr bool kIsSanitized = kHasThreadSanitizer;
#endif

}  // namespace laneway
