#pragma once
// FakeSteps are the system calls of a file's replacement, of which one may fail or be the last before a power failure.
// What was done before really happened, in a real directory. One test.

#include <cerrno>
#include <semaphore>
#include <utility>

#include "engine/atomic_file.h"

namespace laneway {

class FakeSteps final : public FileSteps {
 public:
  int fail_at = -1;                  // the number of the step that fails, counted from 0
  int error = -ENOSPC;               // with this
  bool is_power_lost_there = false;  // and nothing after it happens either
  ssize_t write_max = 1 << 20;       // a write takes at most this much
  int steps = 0;
  int files = 0;  // begun
  struct Gate {
    std::binary_semaphore is_reached{0};
    std::binary_semaphore may_pass{0};
  };
  Gate* gate = nullptr;  // of the next file

  int create(const std::string& path, UniqueFd& file) override {
    ++files;
    if (Gate* here = std::exchange(gate, nullptr); here != nullptr) {
      here->is_reached.release();
      here->may_pass.acquire();
    }
    return stops() ? error : FileSteps::create(path, file);
  }
  ssize_t write(int file, std::string_view bytes) override {
    if (stops()) return error;
    return FileSteps::write(file, bytes.substr(0, static_cast<size_t>(write_max)));
  }
  int sync(int file) override { return stops() ? error : FileSteps::sync(file); }
  int rename(const std::string& from, const std::string& to) override {
    return stops() ? error : FileSteps::rename(from, to);
  }
  int sync_directory(const std::string& path) override { return stops() ? error : FileSteps::sync_directory(path); }
  int remove(const std::string& path) override { return stops() ? error : FileSteps::remove(path); }

 private:
  bool stops() {
    const int step = steps++;
    return step == fail_at || (is_power_lost_there && fail_at >= 0 && step > fail_at);
  }
};

}  // namespace laneway
