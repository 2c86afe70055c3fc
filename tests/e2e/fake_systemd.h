#pragma once
// FakeSystemd plays systemd for a keeper: it listens at $NOTIFY_SOCKET, holds what it is given, and starts the keeper
// again with that. One test; a thread of its own receives.

#include <mutex>
#include <string>
#include <thread>

#include "base/fd.h"
#include "keeper/testing/fake_manager.h"
#include "process.h"

namespace laneway {

class FakeSystemd {
 public:
  explicit FakeSystemd(const std::string& directory);
  ~FakeSystemd();

  // Starts the program with what is held; the caller waits for it. It has to say that it is well every `watchdog_us`.
  pid_t start(const Arguments& arguments, const std::string& output_path);
  size_t count(std::string_view kind);
  bool was_told(const std::string& message) { return count_told(message) > 0; }
  size_t count_told(const std::string& message);
  uint32_t watchdog_us = 0;  // 0: nobody waits for that
  // As FakeManager's.
  size_t lose_files(const std::string& path);

 private:
  void receive();

  const std::string path_;
  UniqueFd socket_;
  UniqueFd stop_;
  std::mutex mutex_;
  FakeManager manager_;
  std::thread thread_;
};

}  // namespace laneway
