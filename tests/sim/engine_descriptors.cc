#include "sim/engine_descriptors.h"

#include <fcntl.h>

#include <climits>
#include <cstring>

#include "base/check.h"

namespace laneway::sim {

UniqueFd give_to_engine(UniqueFd fd) {
  UniqueFd raised(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kEngineDescriptorMin));
  LW_ASSERT(raised);
  return raised;
}

void give_to_engine(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
      fd = give_to_engine(UniqueFd(fd)).release();
      std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof(fd));
    }
  }
}

void close_engine_descriptors() { LW_ASSERT(::close_range(kEngineDescriptorMin, UINT_MAX, 0) == 0); }

}  // namespace laneway::sim
