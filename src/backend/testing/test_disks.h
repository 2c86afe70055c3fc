#pragma once
// TestDisk makes one kind of disk for the conformance suite and keeps what it stands on (a folder, a loop device, a
// target) until it goes. kTestDiskCapacityBytes large unless resized. One thread.

#include <memory>
#include <string>
#include <vector>

#include "block/block.h"

namespace laneway {

constexpr uint64_t kTestDiskCapacityBytes = 64 * kMiB;

class TestDisk {
 public:
  virtual ~TestDisk() = default;
  // A device on the same content; at most one is open at a time.
  virtual Result<std::unique_ptr<BlockDevice>> open(bool is_read_only) = 0;
  // Makes the storage behind an open device larger or smaller from the outside; false where this kind cannot.
  virtual bool resize_outside(uint64_t /*capacity_bytes*/) { return false; }
  virtual bool can_resize() const { return true; }
  virtual bool keeps_content() const { return true; }
};

// A kind of disk that the suite is run with; make() gives null and a reason where this machine cannot have it.
struct TestDiskKind {
  const char* name;
  uint32_t block_bytes;
  std::unique_ptr<TestDisk> (*make)(uint32_t block_bytes, std::string& why_not);
};
std::vector<TestDiskKind> local_disk_kinds();

// A folder for one test, removed with everything in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace laneway
