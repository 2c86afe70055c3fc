#pragma once
// EngineProcess is one running engine, a child of the keeper or one that an earlier keeper started, watched by a pidfd.
// It does not end with the object. Owned by the keeper; its thread.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

// What to start: by path, or the very file that ran before, which may no longer be at the path.
struct EngineProgram {
  std::string path;
  UniqueFd executable = {};
};

class EngineProcess {
 public:
  // `arguments` without the program's name. `error_output`: descriptor for its standard error, -1: ours.
  static Result<std::unique_ptr<EngineProcess>> start(const EngineProgram& program,
                                                      const std::vector<std::string>& arguments, int error_output);
  static Result<std::unique_ptr<EngineProcess>> adopt(pid_t pid);

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable when the process has ended
  void signal(int number) const;
  // True once it has ended; its exit code then, 128 and the signal, or -1 where it is not our child.
  bool has_ended();
  int exit_code() const { return exit_code_; }
  // The file that it runs.
  EngineProgram program() const;

 private:
  EngineProcess(pid_t pid, UniqueFd pidfd, bool is_child) : pid_(pid), pidfd_(std::move(pidfd)), is_child_(is_child) {}

  const pid_t pid_;
  const UniqueFd pidfd_;
  const bool is_child_;
  bool has_ended_ = false;
  int exit_code_ = -1;
};

}  // namespace laneway
