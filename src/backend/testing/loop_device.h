#pragma once
// LoopDevice is a block device of the kernel on a file, for tests on real block devices; attached and detached by the
// test, which needs the right to (root, and the kernel's loop driver). One thread.

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace laneway {

class LoopDevice {
 public:
  LoopDevice() = default;
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;
  ~LoopDevice();

  // Makes the file and a device on it; false with a reason where the machine does not let us.
  bool attach(const std::string& file, uint64_t size_bytes, uint32_t block_bytes, std::string& why_not);
  // Takes over the file's present size.
  bool read_size();
  const std::string& path() const { return path_; }

 private:
  UniqueFd device_;
  std::string path_;
};

}  // namespace laneway
