#pragma once
// Tgtd is the Linux target daemon of Debian's package tgt, started by a test on a free port of the loopback with LUN 1
// on a file, killed and restarted as the test likes, and gone with the test. It needs no root. One thread.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "backend/testing/test_disks.h"

namespace laneway {

class Tgtd {
 public:
  struct Options {
    uint64_t capacity_bytes = kTestDiskCapacityBytes;
    uint32_t block_bytes = 512;
    uint32_t target_number = 1;  // the disk's identity is made of it
    std::string user{};          // CHAP, where not empty
    std::string secret{};
    std::string mutual_user{};
    std::string mutual_secret{};
    bool has_digests = false;  // CRC32C for headers and data
    bool has_write_cache = true;
  };

  explicit Tgtd(const Options& options);
  ~Tgtd();
  Tgtd(const Tgtd&) = delete;
  Tgtd& operator=(const Tgtd&) = delete;

  // Empty where it runs; else why not.
  const std::string& why_not() const { return why_not_; }
  uint16_t port() const { return port_; }
  std::string target_name() const { return "iqn.2026-11.test.laneway:tgtd"; }
  std::string lun_path() const { return folder_.path("lun.raw"); }

  void kill();                              // as a crash would
  bool start();                             // again, on the same port and file
  bool restart_as(uint32_t target_number);  // the same name and LUN number, another disk
  void freeze();                            // takes no CPU and answers nothing
  void thaw();

 private:
  bool run(const std::vector<std::string>& arguments, std::string* why_not = nullptr);
  bool configure();
  bool administer(const std::string& words);
  bool wait_for_daemon();

  Options options_;
  TestFolder folder_;
  std::vector<std::string> environment_;
  pid_t daemon_ = -1;
  uint16_t port_ = 0;
  std::string why_not_;
};

}  // namespace laneway
