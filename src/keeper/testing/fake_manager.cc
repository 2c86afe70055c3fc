#include "keeper/testing/fake_manager.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace laneway {

bool is_same_file(int a, int b) { return ::syscall(SYS_kcmp, ::getpid(), ::getpid(), 0, a, b) == 0; }

std::string value_in(std::string_view message, std::string_view name) {
  const std::string start = std::string(name) + "=";
  while (!message.empty()) {
    const std::string_view line = message.substr(0, message.find('\n'));
    if (line.starts_with(start)) return std::string(line.substr(start.size()));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
  }
  return {};
}

int FakeManager::tell(std::string_view message, int descriptor) {
  if (is_busy) return -EAGAIN;
  const std::string name = value_in(message, "FDNAME");
  if (value_in(message, "FDSTORE") == "1") {
    const bool is_held = std::any_of(held_.begin(), held_.end(),
                                     [&](const NamedFd& each) { return is_same_file(each.fd.get(), descriptor); });
    if (!is_held) held_.push_back({name, UniqueFd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0))});
  } else if (value_in(message, "FDSTOREREMOVE") == "1") {
    lose(name);
  } else {
    told.emplace_back(message);
  }
  return 0;
}

std::vector<NamedFd> FakeManager::held() const {
  std::vector<NamedFd> out;
  for (const NamedFd& each : held_) out.push_back({each.name, UniqueFd(::fcntl(each.fd.get(), F_DUPFD_CLOEXEC, 0))});
  return out;
}

size_t FakeManager::count(std::string_view kind) const {
  return static_cast<size_t>(
      std::count_if(held_.begin(), held_.end(), [&](const NamedFd& each) { return each.name.starts_with(kind); }));
}

void FakeManager::lose(const std::string& name) {
  std::erase_if(held_, [&](const NamedFd& each) { return each.name == name; });
}

size_t FakeManager::lose_files(const std::string& path) {
  return std::erase_if(held_, [&](const NamedFd& each) {
    std::error_code unknown;
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(each.fd.get()), unknown) == path;
  });
}

}  // namespace laneway
