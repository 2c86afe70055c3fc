#pragma once
// What a new machine's guest is told at its first start, as cloud-init's data source NoCloud reads it: a small ISO 9660
// image with the label "cidata" and the files user-data and meta-data. Free functions over plain values. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rpc/json.h"

namespace laneway {

struct SeedFile {
  std::string name;  // at most 30 characters
  std::string content;
};

// ECMA-119: one folder, no extensions; at most kSeedFilesMax files.
constexpr size_t kSeedFilesMax = 16;
std::string encode_seed_image(std::string_view label, const std::vector<SeedFile>& files);

// `cloud_init` as in the API's document: user, ssh_keys, hostname.
std::vector<SeedFile> cloud_init_files(const std::string& instance, const Json& cloud_init);

// Replaces the file at `path`, readable to everybody: there are no secrets in it, and QEMU is another user.
Result<void> write_seed(const std::string& path, const std::string& image);

}  // namespace laneway
