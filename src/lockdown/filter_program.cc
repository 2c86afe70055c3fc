#include "lockdown/filter_program.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>

#include "base/check.h"

namespace laneway {

namespace {

constexpr uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr uint16_t kMask = BPF_ALU | BPF_AND | BPF_K;
constexpr uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint16_t kAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr uint16_t kReturn = BPF_RET | BPF_K;
constexpr uint32_t kX32Bit = 0x40000000;
constexpr size_t kRuleLengthMax = 200;  // a jump is eight bits

constexpr uint32_t argument_offset(uint8_t index) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + index * sizeof(uint64_t));  // little-endian: the low half
}

constexpr uint32_t answer_value(FilterAnswer answer) {
  switch (answer) {
    case FilterAnswer::allow:
      return SECCOMP_RET_ALLOW;
    case FilterAnswer::refuse:
      return SECCOMP_RET_ERRNO | EPERM;
    case FilterAnswer::absent:
      return SECCOMP_RET_ERRNO | ENOSYS;
    case FilterAnswer::end_all:
      return SECCOMP_RET_KILL_PROCESS;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

}  // namespace

FilterProgram::FilterProgram(Processor processor) : processor_(processor) {
  append(kLoad, offsetof(seccomp_data, arch));
  append(kEqual, processor == Processor::x86_64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64, 1, 0);
  append_answer(FilterAnswer::end_all);
  append(kLoad, offsetof(seccomp_data, nr));
  if (processor == Processor::arm64) return;
  append(kAtLeast, kX32Bit, 0, 1);
  append_answer(FilterAnswer::end_all);
}

void FilterProgram::append(uint16_t code, uint32_t operand, uint8_t jump_true, uint8_t jump_false) {
  program_.push_back({code, jump_true, jump_false, operand});
}

void FilterProgram::append_answer(FilterAnswer answer) { append(kReturn, answer_value(answer)); }

void FilterProgram::add(std::string_view call, FilterAnswer answer) {
  const std::optional<uint32_t> number = syscall_number(call, processor_);
  if (!number) return;
  append(kEqual, *number, 0, 1);
  append_answer(answer);
}

void FilterProgram::add(std::initializer_list<std::string_view> calls, FilterAnswer answer) {
  for (const std::string_view call : calls) add(call, answer);
}

// Ends with ALLOW, or runs out of its end where a test fails.
std::vector<sock_filter> FilterProgram::alternative(const ArgumentTests& tests) {
  std::vector<sock_filter> out;
  for (size_t i = 0; i < tests.size(); ++i) {
    const ArgumentTest& test = tests[i];
    // Behind this test are three instructions for each further one, and the answer.
    const auto to_end = static_cast<uint8_t>(3 * (tests.size() - i - 1) + 1);
    out.push_back({kLoad, 0, 0, argument_offset(test.index)});
    out.push_back({kMask, 0, 0, test.mask});
    out.push_back({kEqual, test.is_negated ? to_end : uint8_t{0}, test.is_negated ? uint8_t{0} : to_end, test.value});
  }
  out.push_back({kReturn, 0, 0, answer_value(FilterAnswer::allow)});
  return out;
}

void FilterProgram::add(std::string_view call, const std::vector<ArgumentTests>& alternatives, FilterAnswer otherwise) {
  const std::optional<uint32_t> number = syscall_number(call, processor_);
  if (!number) return;
  std::vector<sock_filter> body;
  for (const ArgumentTests& tests : alternatives) {
    const std::vector<sock_filter> one = alternative(tests);
    body.insert(body.end(), one.begin(), one.end());
  }
  body.push_back({kReturn, 0, 0, answer_value(otherwise)});
  LW_ASSERT(body.size() <= kRuleLengthMax);
  append(kEqual, *number, 0, static_cast<uint8_t>(body.size()));
  program_.insert(program_.end(), body.begin(), body.end());
}

const std::vector<sock_filter>& FilterProgram::finish() {
  append_answer(FilterAnswer::refuse);
  return program_;
}

}  // namespace laneway
