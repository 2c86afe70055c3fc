#pragma once
// The options by which a disk is given: --memory, --null, --file, --target with --lun, or --path several times; of
// volume create and vf create. Lives as long as its command. One thread.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "rpc/json.h"

namespace laneway {

class DiskOptions {
 public:
  // With `is_needed` exactly one of them has to be given, else at most one.
  void add_to(CLI::App& app, bool is_needed);

  bool is_given() const;
  // The spec of a volume.
  Result<Json> volume_spec() const;

 private:
  void add_paths(CLI::App& app, CLI::Option_group& disk);
  Result<Json> lun_spec() const;

  uint64_t size_bytes_ = 0;
  int64_t lun_ = -1;
  uint64_t failback_s_ = 0;
  bool is_one_task_set_ = false;
  std::string path_, target_name_, block_size_, policy_;
  std::vector<std::string> paths_;
  CLI::Option* memory_ = nullptr;
  CLI::Option* null_ = nullptr;
  CLI::Option* file_ = nullptr;
  CLI::Option* target_ = nullptr;
  CLI::Option* size_ = nullptr;
  CLI::Option* path_option_ = nullptr;
  CLI::Option* failback_ = nullptr;
};

}  // namespace laneway
