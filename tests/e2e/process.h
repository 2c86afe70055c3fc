#pragma once
// Process is a child with its output in files of the test's directory; it does not outlive the object. run() is one
// that ends by itself. One test.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace laneway {

using Arguments = std::vector<std::string>;

class Process {
 public:
  // Starts the program (found in PATH and the system's sbin directories) with both outputs appended to the file.
  Process(const Arguments& arguments, const std::string& output_path);
  ~Process();  // kills what still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  // Waits for its end; the exit code, or 128 and the number of the signal that ended it.
  int wait();
  bool has_ended();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs a program to its end with the environment variables added ("NAME=value").
Outcome run(const Arguments& arguments, const std::vector<std::string>& environment = {});

std::string content_of(const std::string& path);
// A TCP port of 127.0.0.1 that was free just now.
uint16_t free_port();

}  // namespace laneway
