#pragma once
// ServedFunction is one function in service: disk, socket and front-end, brought up together or not at all, and taken
// down in the right order at its end: left to a successor where somebody keeps what it needs, else with its socket's
// path. Owned by the table of functions. Control threads, one at a time.

#include <memory>
#include <string>

#include "engine/function_parts.h"
#include "engine/kept_things.h"

namespace laneway {

class ServedFunction {
 public:
  // What functions are made of. All outlive them.
  struct Source {
    FunctionParts& parts;
    KeptThings& kept;
  };
  // On failure nothing stays but what an earlier engine left: no socket, and no file that was made for it. May fill in
  // the spec's record of a LUN.
  static Result<std::unique_ptr<ServedFunction>> bring_up(FunctionSpec& spec, const std::string& socket_path,
                                                          DiskOpening opening, const Source& source);
  // Ends the service; what was under way is drained first.
  ~ServedFunction();
  ServedFunction(const ServedFunction&) = delete;
  ServedFunction& operator=(const ServedFunction&) = delete;

  BlockDevice& disk() { return *disk_.device; }
  DiskPaths* paths() { return disk_.paths.get(); }  // null where the disk has none
  FrontEnd& front_end() { return *front_end_; }
  const std::string& socket_path() const { return socket_path_; }
  // The function is there to stay; until then its creation is undone by the end, with a file that was made for it.
  void settle();
  // The function is deleted: nothing of it is left to a successor.
  void forget() { is_left_ = false; }

 private:
  ServedFunction(std::string name, KeptThings& kept) : name_(std::move(name)), kept_(kept) {}
  Result<UniqueFd> listen(const std::string& socket_path, DiskOpening opening);

  // Fixed after construction
  const std::string name_;
  KeptThings& kept_;

  std::string created_file_;  // empty: none, or kept
  OpenDisk disk_;
  std::string socket_path_;  // empty until the socket is there
  bool is_left_ = false;     // to a successor, or another try
  std::unique_ptr<DeviceVault> vault_;
  std::unique_ptr<FrontEnd> front_end_;
};

}  // namespace laneway
