#include "lockdown/testing/filter_machine.h"

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace laneway {

namespace {

constexpr uint32_t kMalformed = 0xffffffff;

bool load(const seccomp_data& call, uint32_t offset, uint32_t& into) {
  if (offset % sizeof(into) != 0 || offset > sizeof(call) - sizeof(into)) return false;
  std::memcpy(&into, bytes_of(call).data() + offset, sizeof(into));
  return true;
}

}  // namespace

uint32_t run_filter(const std::vector<sock_filter>& program, const seccomp_data& call) {
  uint32_t accumulator = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (!load(call, step.k, accumulator)) return kMalformed;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        return kMalformed;
    }
  }
  return kMalformed;
}

}  // namespace laneway
