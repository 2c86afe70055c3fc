#pragma once
// FakeManager is a service manager as systemd is one: it holds a descriptor once, by the name that it was first given,
// and takes no more than it has room for. A test hands what it holds to the next keeper. One thread.

#include <string>
#include <vector>

#include "base/service_manager.h"

namespace laneway {

class FakeManager final : public ServiceManager {
 public:
  int tell(std::string_view message, int descriptor) override;
  int descriptor() const override { return -1; }

  // Duplicates of all that it holds, as a keeper that starts gets them.
  std::vector<NamedFd> held() const;
  size_t count(std::string_view kind) const;
  void lose(const std::string& name);
  // The files of which /proc says that they are at this path (of memory files "/memfd:NAME (deleted)"); how many.
  size_t lose_files(const std::string& path);

  bool is_busy = false;
  std::vector<std::string> told;  // what was no descriptor

 private:
  std::vector<NamedFd> held_;
};

// Of the lines "NAME=value" the value, or nothing.
std::string value_in(std::string_view message, std::string_view name);
bool is_same_file(int a, int b);

}  // namespace laneway
