#pragma once
// ChildProcess is a program that lanewayd runs for a job: started without a shell, its output read as it comes, killed
// where the job ends first. Owned by the job; one thread.

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

class ChildProcess {
 public:
  // The first word is found by PATH. Its standard output and error come together.
  static Result<ChildProcess> start(const std::vector<std::string>& words);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  // Appends what it said within that time; false where it has ended, or closed its output.
  bool read_some(std::string& output, uint64_t time_ns);
  void kill();
  // Its exit code; 128 and more: a signal ended it. Waits for its end.
  int wait();

 private:
  ChildProcess(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}
  pid_t pid_ = -1;  // -1: it was waited for
  UniqueFd output_;
};

}  // namespace laneway
