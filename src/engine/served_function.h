#pragma once
// ServedFunction is one function in service: disk, socket and front-end, brought up together or not at all, and taken
// down in the right order, with its socket's path, at its end. Owned by the table of functions. Control threads, one at
// a time.

#include <memory>
#include <string>

#include "engine/function_parts.h"

namespace laneway {

class ServedFunction {
 public:
  // On failure nothing stays: no socket, and no file that was made for it. May fill in the spec's record of a LUN.
  static Result<std::unique_ptr<ServedFunction>> bring_up(FunctionSpec& spec, const std::string& socket_path,
                                                          DiskOpening opening, FunctionParts& parts);
  // Ends the service; what was under way is drained first.
  ~ServedFunction();
  ServedFunction(const ServedFunction&) = delete;
  ServedFunction& operator=(const ServedFunction&) = delete;

  BlockDevice& disk() { return *disk_.device; }
  FrontEnd& front_end() { return *front_end_; }
  const std::string& socket_path() const { return socket_path_; }
  // A file that was made for this function is removed with it unless it was kept; until then the creation can be
  // undone.
  void keep_created_file() { created_file_.clear(); }

 private:
  ServedFunction() = default;

  std::string created_file_;  // empty: none, or kept
  OpenDisk disk_;
  std::string socket_path_;  // empty until the socket is there
  std::unique_ptr<FrontEnd> front_end_;
};

}  // namespace laneway
