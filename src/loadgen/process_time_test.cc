#include "loadgen/process_time.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

namespace laneway {
namespace {

TEST(ProcessTime, CountsThisProcess) {
  const auto before = cpu_ns_of(::getpid());
  ASSERT_TRUE(before.has_value());
  // As much work as it takes: the clock of the process must move.
  while (own_cpu_ns() <= *before) {
  }
  EXPECT_GT(*cpu_ns_of(::getpid()), *before);
}

TEST(ProcessTime, KnowsNothingOfAProcessThatIsNotThere) {
  EXPECT_FALSE(cpu_ns_of(0).has_value());
  EXPECT_FALSE(cpu_ns_of(-5).has_value());
  EXPECT_EQ(program_of(-5), "");
}

TEST(ProcessTime, WeighsAProcess) {
  EXPECT_GT(memory_bytes_of(::getpid()).value_or(0), 100'000u);
  EXPECT_FALSE(memory_bytes_of(-5).has_value());
}

TEST(ProcessTime, NamesTheServerOfASocket) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd first(pair[0]);
  const UniqueFd second(pair[1]);
  EXPECT_EQ(server_of(first.get()), ::getpid());
  EXPECT_EQ(server_of(-1), 0);
  EXPECT_EQ(program_of(::getpid()), "loadgen_test");
}

}  // namespace
}  // namespace laneway
