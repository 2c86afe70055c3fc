#pragma once
// TempDir is an empty directory for one test, removed with everything in it at the end. Its path is short enough for
// unix sockets. One test.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.h"

namespace laneway {

class TempDir {
 public:
  TempDir() {
    char pattern[] = "/tmp/laneway.XXXXXX";
    const char* made = ::mkdtemp(pattern);
    LW_ASSERT(made != nullptr);
    path_ = made;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace laneway
