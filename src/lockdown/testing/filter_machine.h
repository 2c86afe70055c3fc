#pragma once
// Runs a filter program as the kernel would, so that tests can ask what it says about calls of any processor:
// the few instructions that FilterProgram uses. Any thread.

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <vector>

namespace laneway {

// The SECCOMP_RET_* value. A program that is malformed (runs past its end, an unknown instruction) gives 0xffffffff.
uint32_t run_filter(const std::vector<sock_filter>& program, const seccomp_data& call);

}  // namespace laneway
