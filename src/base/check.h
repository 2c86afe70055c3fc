#pragma once
// LW_ASSERT states an invariant of our own code and stays on in release builds. What a guest, a peer, an
// operator or the kernel can cause is answered, never asserted. Any thread.

namespace laneway {

// Prints the place and the condition to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace laneway

#define LW_ASSERT(condition) \
  (__builtin_expect(!!(condition), 1) ? void(0) : ::laneway::assertion_failed(#condition, __FILE__, __LINE__))
