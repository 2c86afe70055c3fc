#pragma once
// Replacing a small file so that after a crash at any point, or on a full disk, either the old or the new content is
// there whole: write a temporary file beside it, fsync it, rename it over, fsync the directory. The system calls go
// through FileSteps, so that a test can fail or end each one. Control threads; it blocks.

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

// The system calls of a replacement; each gives 0 or a positive count, or a negated errno.
class FileSteps {
 public:
  virtual ~FileSteps() = default;
  virtual int create(const std::string& path, UniqueFd& file);  // empty, mode 0600, write only
  virtual ssize_t write(int file, std::string_view bytes);      // may write less
  virtual int sync(int file);
  virtual int rename(const std::string& from, const std::string& to);
  virtual int sync_directory(const std::string& path);
  virtual int remove(const std::string& path);
};

// On failure the old content is in force and the temporary file is removed; only where the directory's fsync fails is
// the new content there already.
Result<void> replace_file(FileSteps& steps, const std::string& path, std::string_view content);

// The whole file. ErrorCode::not_found where there is none.
Result<std::string> read_whole_file(const std::string& path, size_t size_max_bytes);

}  // namespace laneway
