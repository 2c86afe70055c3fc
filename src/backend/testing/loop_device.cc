#include "backend/testing/loop_device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/result.h"

namespace laneway {

LoopDevice::~LoopDevice() {
  if (device_) ::ioctl(device_.get(), LOOP_CLR_FD, 0);
}

bool LoopDevice::attach(const std::string& file, uint64_t size_bytes, uint32_t block_bytes, std::string& why_not) {
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const UniqueFd backing(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!control || !backing || ::ftruncate(backing.get(), static_cast<off_t>(size_bytes)) != 0) {
    why_not = fmt::format("no loop devices here: {}", errno_text(errno));
    return false;
  }
  constexpr int kAttempts = 16;  // somebody else may take the number first
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) break;
    path_ = fmt::format("/dev/loop{}", number);
    UniqueFd device(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    loop_config config{};
    config.fd = static_cast<uint32_t>(backing.get());
    config.block_size = block_bytes;
    if (device && ::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) {
      device_ = std::move(device);
      return true;
    }
    if (errno != EBUSY) break;
  }
  why_not = fmt::format("no loop device can be attached here: {}", errno_text(errno));
  return false;
}

bool LoopDevice::read_size() { return ::ioctl(device_.get(), LOOP_SET_CAPACITY, 0) == 0; }

}  // namespace laneway
