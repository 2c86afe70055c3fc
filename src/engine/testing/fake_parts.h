#pragma once
// FakeParts makes functions of nothing: disks that only have a size and an identity, front-ends that only know whether
// a guest is attached. Tests set what fails. Control threads of a test.

#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <set>
#include <string>

#include "engine/function_parts.h"

namespace laneway {

class FakeParts final : public FunctionParts {
 public:
  // What the world looks like; changed by tests at any time between calls.
  std::optional<Error> disk_error;       // of every open_disk
  std::optional<Error> front_end_error;  // of every open_front_end
  std::optional<Error> resize_error;
  std::optional<Error> move_error;
  struct Gate {
    std::binary_semaphore is_reached{0};
    std::binary_semaphore may_pass{0};
  };
  Gate* move_gate = nullptr;             // of the next move alone
  std::map<std::string, bool> attached;  // by function
  std::map<uint64_t, LunFacts> luns;     // by number, for iSCSI functions
  std::set<std::string> busy;            // functions with requests under way that do not end
  uint64_t measured_bytes = 0;           // what a disk finds when it looks how large it is
  // What happened.
  uint32_t disks_open = 0;
  uint32_t front_ends_open = 0;
  uint32_t devices_restored = 0;
  uint32_t hand_overs = 0;
  DiskOpening last_opening = DiskOpening::create;

  Result<OpenDisk> open_disk(FunctionSpec& spec, DiskOpening opening) override;
  void note_changes(FunctionSpec& spec, BlockDevice& disk) override;
  Result<std::unique_ptr<FrontEnd>> open_front_end(const FunctionSpec& spec, BlockDevice& disk,
                                                   FrontEndSeed seed) override;
};

}  // namespace laneway
