#pragma once
// PauseLog notes in a file when nothing was completed for a while, with the guest's wall clock, so that whoever broke
// something on the host can say which pause came of it; its first line always shows the progress. One owner, one
// thread.

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway::crash {

class PauseLog {
 public:
  // A new file; pauses and waits shorter than `shortest_ns` are not noted.
  static Result<PauseLog> open(const std::string& path, uint64_t shortest_ns);

  static uint64_t now_ns();

  void start(uint64_t now_ns) { last_ns_ = progress_ns_ = now_ns; }
  // Something was completed now; the oldest of it had waited `longest_ns`, and `completed` were completed in all.
  void note(uint64_t now_ns, uint64_t longest_ns, uint64_t completed);

 private:
  PauseLog(UniqueFd file, uint64_t shortest_ns) : file_(std::move(file)), shortest_ns_(shortest_ns) {}
  void show_progress(uint64_t completed);

  UniqueFd file_;
  uint64_t shortest_ns_;
  uint64_t last_ns_ = 0;      // when something was last completed
  uint64_t progress_ns_ = 0;  // when progress was last shown
};

}  // namespace laneway::crash
