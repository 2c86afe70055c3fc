#pragma once
// in_child() does some work in a process of its own, which takes the memory of its dead engines with it, and brings
// back what the work found. For main().

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <type_traits>

#include "base/check.h"
#include "base/fd.h"

namespace laneway::sim {

// False where the process ended without a result.
template <typename Found, typename Work>
bool in_child(Found& found, Work work) {
  static_assert(std::is_trivially_copyable_v<Found>);
  int ends[2];
  LW_ASSERT(::pipe(ends) == 0);
  UniqueFd from_child(ends[0]);
  UniqueFd to_parent(ends[1]);
  std::fflush(stdout);
  const pid_t child = ::fork();
  LW_ASSERT(child >= 0);
  if (child == 0) {
    work(found);
    std::fflush(stdout);
    ::_exit(::write(to_parent.get(), &found, sizeof(found)) == static_cast<ssize_t>(sizeof(found)) ? 0 : 1);
  }
  to_parent.reset();
  const bool is_told = ::read(from_child.get(), &found, sizeof(found)) == static_cast<ssize_t>(sizeof(found));
  ::waitpid(child, nullptr, 0);
  return is_told;
}

}  // namespace laneway::sim
