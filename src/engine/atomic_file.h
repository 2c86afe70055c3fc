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

// A file that was read, held open: one that is replaced loses its last name, which even a confined engine can see.
class ReadFile {
 public:
  ReadFile() = default;  // there was none
  explicit ReadFile(UniqueFd file);
  // Nothing has replaced, removed, renamed or written it since. False where there was none, or nobody can tell.
  bool is_still_there() const;

 private:
  UniqueFd file_;
  int64_t changed_s_ = 0;  // its inode's last change
  int64_t changed_ns_ = 0;
};

// The whole file, and what it was read from where `read` is not null. ErrorCode::not_found where there is none.
Result<std::string> read_whole_file(const std::string& path, size_t size_max_bytes, ReadFile* read = nullptr);

}  // namespace laneway
