#pragma once
// StaticFiles answers with files of one directory (the console), which are read once, when it opens: no request reaches
// the disk, and no path of a request is ever a path there. Fixed after construction; any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace laneway {

class StaticFiles {
 public:
  static constexpr size_t kFilesMax = 4096;
  static constexpr uint64_t kBytesMax = 64 * 1024 * 1024;

  // Plain files below `directory`, neither links nor hidden ones.
  static Result<std::unique_ptr<StaticFiles>> open(const std::string& directory);

  // GET and HEAD. A path that names no file and has no extension is a place in the console: index.html, where there is
  // one. 304 where the client has it (RFC 9110 section 13.1.2), 404, 405 as problems.
  HttpResponse answer(const HttpRequest& request) const;

 private:
  struct File {
    std::string content;
    std::string content_type;
    std::string etag;
  };
  StaticFiles() = default;
  const File* find(const std::string& path) const;

  std::map<std::string, File, std::less<>> files_;  // by "/assets/x.js"
};

}  // namespace laneway
