#include "backend/testing/test_disks.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "backend/file_disk.h"
#include "backend/memory_disk.h"
#include "backend/testing/loop_device.h"

namespace laneway {

namespace {

class MemoryTestDisk final : public TestDisk {
 public:
  explicit MemoryTestDisk(uint32_t block_bytes) : block_bytes_(block_bytes) {}
  Result<std::unique_ptr<BlockDevice>> open(bool is_read_only) override {
    auto disk = MemoryDisk::open(
        {.capacity_bytes = kTestDiskCapacityBytes, .block_bytes = block_bytes_, .is_read_only = is_read_only});
    if (!disk) return pass_on(disk);
    return std::move(*disk);
  }
  bool keeps_content() const override { return false; }

  static std::unique_ptr<TestDisk> make(uint32_t block_bytes, std::string& /*why_not*/) {
    return std::make_unique<MemoryTestDisk>(block_bytes);
  }

 private:
  const uint32_t block_bytes_;
};

class MemoryFileTestDisk final : public TestDisk {
 public:
  explicit MemoryFileTestDisk(uint32_t block_bytes) : block_bytes_(block_bytes) {}
  Result<std::unique_ptr<BlockDevice>> open(bool is_read_only) override {
    const MemoryDiskOptions options{
        .capacity_bytes = kTestDiskCapacityBytes, .block_bytes = block_bytes_, .is_read_only = is_read_only};
    if (!file_) {
      auto made = MemoryDisk::create_file(options);
      if (!made) return pass_on(made);
      file_ = std::move(*made);
    }
    auto disk = MemoryDisk::open_file(options, file_);
    if (!disk) return pass_on(disk);
    return std::move(*disk);
  }

  static std::unique_ptr<TestDisk> make(uint32_t block_bytes, std::string& /*why_not*/) {
    return std::make_unique<MemoryFileTestDisk>(block_bytes);
  }

 private:
  const uint32_t block_bytes_;
  UniqueFd file_;  // outlives the disks, as at a keeper
};

class FileTestDisk final : public TestDisk {
 public:
  FileTestDisk(uint32_t block_bytes, bool wants_direct) : block_bytes_(block_bytes), wants_direct_(wants_direct) {}
  Result<std::unique_ptr<BlockDevice>> open(bool is_read_only) override {
    FileDiskOptions options;
    options.path = folder_.path("disk.raw");
    options.create_bytes = is_created_ ? 0 : kTestDiskCapacityBytes;
    options.block_bytes = block_bytes_;
    options.is_read_only = is_read_only;
    options.wants_direct = wants_direct_;
    auto disk = FileDisk::open(options);
    if (!disk) return pass_on(disk);
    is_created_ = true;
    return std::move(*disk);
  }
  bool resize_outside(uint64_t capacity_bytes) override {
    return ::truncate(folder_.path("disk.raw").c_str(), static_cast<off_t>(capacity_bytes)) == 0;
  }

  static std::unique_ptr<TestDisk> make_direct(uint32_t block_bytes, std::string& /*why_not*/) {
    return std::make_unique<FileTestDisk>(block_bytes, true);
  }
  static std::unique_ptr<TestDisk> make_buffered(uint32_t block_bytes, std::string& /*why_not*/) {
    return std::make_unique<FileTestDisk>(block_bytes, false);
  }

 private:
  const uint32_t block_bytes_;
  const bool wants_direct_;
  TestFolder folder_;
  bool is_created_ = false;
};

class LoopTestDisk final : public TestDisk {
 public:
  explicit LoopTestDisk(uint32_t block_bytes) : block_bytes_(block_bytes) {}
  Result<std::unique_ptr<BlockDevice>> open(bool is_read_only) override {
    FileDiskOptions options;
    options.path = loop_.path();
    options.block_bytes = block_bytes_;
    options.is_read_only = is_read_only;
    auto disk = FileDisk::open(options);
    if (!disk) return pass_on(disk);
    return std::move(*disk);
  }
  bool resize_outside(uint64_t capacity_bytes) override {
    return ::truncate(folder_.path("loop.raw").c_str(), static_cast<off_t>(capacity_bytes)) == 0 && loop_.read_size();
  }

  static std::unique_ptr<TestDisk> make(uint32_t block_bytes, std::string& why_not) {
    auto disk = std::make_unique<LoopTestDisk>(block_bytes);
    if (!disk->loop_.attach(disk->folder_.path("loop.raw"), kTestDiskCapacityBytes, block_bytes, why_not))
      return nullptr;
    return disk;
  }

 private:
  const uint32_t block_bytes_;
  TestFolder folder_;
  LoopDevice loop_;
};

}  // namespace

TestFolder::TestFolder() {
  // /var/tmp is on a disk where /tmp may be in memory, without O_DIRECT.
  const char* parent = std::getenv("TMPDIR");
  path_ = std::string(parent != nullptr ? parent : "/var/tmp") + "/laneway-test-XXXXXX";
  LW_ASSERT(::mkdtemp(path_.data()) != nullptr);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<TestDiskKind> local_disk_kinds() {
  return {
      {"Memory", 512, &MemoryTestDisk::make},
      {"Memory4096", 4096, &MemoryTestDisk::make},
      {"MemoryFile", 512, &MemoryFileTestDisk::make},
      {"FileDirect", 512, &FileTestDisk::make_direct},
      {"FileDirect4096", 4096, &FileTestDisk::make_direct},
      {"FileBuffered", 512, &FileTestDisk::make_buffered},
      {"LoopDevice", 512, &LoopTestDisk::make},
      {"LoopDevice4096", 4096, &LoopTestDisk::make},
  };
}

}  // namespace laneway
