#pragma once
// SimFiles makes ordinary files behave like disks with a volatile cache: it remembers what every written block held
// when it was last synced, so that a power cut can take writes back. Reads and writes go to the real file. Owned by the
// SimKernel.

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <map>
#include <vector>

#include "base/random.h"

namespace laneway::sim {

class SimFiles {
 public:
  explicit SimFiles(Random& random) : random_(random) {}

  static bool is_file(int fd);
  int32_t read(int fd, const std::vector<iovec>& into, uint64_t offset_bytes);
  int32_t write(int fd, const std::vector<iovec>& from, uint64_t offset_bytes, bool is_stable);
  int32_t sync(int fd);
  int32_t fallocate(int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes);
  // Takes a random part of the unsynced blocks of the file back. Call when nothing is in flight to it.
  void cut_power(int fd);

 private:
  static constexpr uint64_t kBlock = 512;
  using Before = std::map<uint64_t, std::vector<uint8_t>>;  // synced content by offset

  Before& before(int fd);
  void remember(int fd, uint64_t offset_bytes, uint64_t length_bytes);

  Random& random_;
  std::map<ino_t, Before> before_;
};

}  // namespace laneway::sim
