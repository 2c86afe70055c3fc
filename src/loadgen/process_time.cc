#include "loadgen/process_time.h"

#include <sys/socket.h>

#include <ctime>
#include <fstream>

#include "base/units.h"

namespace laneway {

namespace {

uint64_t in_ns(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

pid_t server_of(int socket) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

std::string program_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

std::optional<uint64_t> cpu_ns_of(pid_t process) {
  clockid_t clock{};
  timespec spent{};
  if (process <= 0 || ::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) {
    return std::nullopt;
  }
  return in_ns(spent);
}

uint64_t own_cpu_ns() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return in_ns(spent);
}

std::optional<uint64_t> memory_bytes_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  std::string word;
  uint64_t kib = 0;
  while (file >> word) {
    if (word == "Pss:" && file >> kib) return kib * kKiB;
  }
  return std::nullopt;
}

}  // namespace laneway
