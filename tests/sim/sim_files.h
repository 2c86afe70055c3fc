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
#include "target/disk.h"

namespace laneway::sim {

class SimFiles {
 public:
  explicit SimFiles(Random& random) : random_(random) {}

  static bool is_file(int fd);
  // The simulation's own descriptor of a file that the engine opened past the page cache, where reads and writes would
  // have to be aligned. It stays open while it is used.
  void know(int fd);
  int32_t read(int fd, const std::vector<iovec>& into, uint64_t offset_bytes);
  int32_t write(int fd, const std::vector<iovec>& from, uint64_t offset_bytes, bool is_stable);
  int32_t sync(int fd);
  int32_t fallocate(int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes);
  // Takes a random part of the unsynced blocks of the file back. Call when nothing is in flight to it.
  void cut_power(int fd);
  fake::DiskLog* log = nullptr;

 private:
  static constexpr uint64_t kBlock = 512;
  using Content = std::vector<uint8_t>;
  struct File {
    std::map<uint64_t, Content> before;  // synced content by offset
    int plain_fd = -1;
  };

  File& file(int fd);
  Content read_blocks(int fd, uint64_t offset_bytes, uint64_t length_bytes);
  void remember(int fd, uint64_t offset_bytes, uint64_t length_bytes);
  void tell_landed(int fd, uint64_t offset_bytes, uint64_t length_bytes);

  Random& random_;
  std::map<ino_t, File> files_;
};

}  // namespace laneway::sim
