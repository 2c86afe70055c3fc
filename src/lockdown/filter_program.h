#pragma once
// FilterProgram writes a seccomp filter in the kernel's classic BPF from rules, one after the other: what a system call
// does is decided by the first rule that names it. Numbers of another processor's calls (i386, x32) end the process.
// A value, made once at start-up (seccomp(2), linux/seccomp.h).

#include <linux/filter.h>

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "lockdown/syscall_table.h"

namespace laneway {

enum class FilterAnswer : uint8_t {
  allow,
  refuse,   // EPERM
  absent,   // ENOSYS: the C library falls back to an older call
  end_all,  // the process ends with SIGSYS
};

// The low 32 bits of one argument, under the mask, are `value`; or are not.
struct ArgumentTest {
  uint8_t index = 0;
  uint32_t mask = 0xffffffff;
  uint32_t value = 0;
  bool is_negated = false;
};
// All of them hold.
using ArgumentTests = std::vector<ArgumentTest>;

class FilterProgram {
 public:
  explicit FilterProgram(Processor processor);

  void add(std::string_view call, FilterAnswer answer);
  void add(std::initializer_list<std::string_view> calls, FilterAnswer answer);
  // Allowed where one of the alternatives holds.
  void add(std::string_view call, const std::vector<ArgumentTests>& alternatives, FilterAnswer otherwise);
  // The program; whatever no rule names is refused. Nothing is added after that.
  const std::vector<sock_filter>& finish();

 private:
  void append(uint16_t code, uint32_t operand, uint8_t jump_true = 0, uint8_t jump_false = 0);
  void append_answer(FilterAnswer answer);
  static std::vector<sock_filter> alternative(const ArgumentTests& tests);

  const Processor processor_;
  std::vector<sock_filter> program_;
};

}  // namespace laneway
