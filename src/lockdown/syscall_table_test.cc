#include "lockdown/syscall_table.h"

#include <gtest/gtest.h>

#include "lockdown/testing/kernel_numbers.h"

namespace laneway {
namespace {

int table_number(std::string_view name, Processor processor) {
  const std::optional<uint32_t> number = syscall_number(name, processor);
  return number ? static_cast<int>(*number) : -1;
}

TEST(SyscallTable, HasTheNumbersOfTheKernelsHeaders) {
  size_t count = 0;
  for (; !syscall_name(count).empty(); ++count) {
    const std::string_view name = syscall_name(count);
    EXPECT_EQ(table_number(name, Processor::arm64), arm64_number(name)) << name;
#if defined(__x86_64__)
    EXPECT_EQ(table_number(name, Processor::x86_64), x86_64_number(name)) << name;
#endif
  }
  EXPECT_GT(count, 150u);
}

}  // namespace
}  // namespace laneway
