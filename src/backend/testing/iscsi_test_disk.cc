#include "backend/testing/iscsi_test_disk.h"

#include <gtest/gtest.h>

#include "backend/iscsi_probe.h"

namespace laneway {

namespace {

IscsiTargetSettings complete(IscsiTargetSettings settings, const Tgtd& tgtd, const Tgtd::Options& options) {
  settings.name = "array";
  settings.target_name = tgtd.target_name();
  settings.initiator_name = "iqn.2026-11.test.laneway:host";
  settings.portals = {{"127.0.0.1", tgtd.port()}};
  settings.chap.initiator = {options.user, options.secret};
  settings.chap.target = {options.mutual_user, options.mutual_secret};
  if (options.has_digests) settings.header_digest = settings.data_digest = iscsi::DigestPolicy::crc32c;
  return settings;
}

std::unique_ptr<TestDisk> make(const Tgtd::Options& options, std::string& why_not) {
  auto disk = std::make_unique<IscsiTestDisk>(options);
  why_not = disk->tgtd().why_not();
  // A target that is not there is a failure, not a reason to skip.
  EXPECT_TRUE(why_not.empty()) << why_not;
  if (!why_not.empty()) return nullptr;
  return disk;
}

std::unique_ptr<TestDisk> make_plain(uint32_t block_bytes, std::string& why_not) {
  return make({.block_bytes = block_bytes}, why_not);
}

std::unique_ptr<TestDisk> make_digests(uint32_t block_bytes, std::string& why_not) {
  return make({.block_bytes = block_bytes, .has_digests = true}, why_not);
}

std::unique_ptr<TestDisk> make_chap(uint32_t block_bytes, std::string& why_not) {
  return make({.block_bytes = block_bytes,
               .user = "guest",
               .secret = "a-secret-of-guests",
               .mutual_user = "array",
               .mutual_secret = "a-secret-of-arrays"},
              why_not);
}

}  // namespace

IscsiTestDisk::IscsiTestDisk(const Tgtd::Options& options) : IscsiTestDisk(options, IscsiTargetSettings{}) {}

IscsiTestDisk::IscsiTestDisk(const Tgtd::Options& options, IscsiTargetSettings settings)
    : tgtd_(options), target_(complete(std::move(settings), tgtd_, options)) {}

IscsiTargetSettings IscsiTestDisk::quick_settings() {
  IscsiTargetSettings settings;
  settings.login_timeout_ns = 2 * kSecond;
  settings.logout_timeout_ns = kSecond;
  settings.noop_interval_ns = 500 * kMillisecond;
  settings.noop_timeout_ns = 500 * kMillisecond;
  settings.lu_reset_timeout_ns = 2 * kSecond;
  settings.fence_delay_ns = kSecond;
  return settings;
}

Result<std::unique_ptr<IscsiDevice>> IscsiTestDisk::open_device(bool is_read_only, bool has_predecessor) {
  auto facts = probe_lun(prober(), target_, 1);
  if (!facts) return pass_on(facts);
  IscsiDeviceOptions options;
  options.function = "vm1-disk0";
  options.facts = *facts;
  options.is_read_only = is_read_only;
  options.has_predecessor = has_predecessor;
  return std::make_unique<IscsiDevice>(target_, prober(), options);
}

Result<std::unique_ptr<BlockDevice>> IscsiTestDisk::open(bool is_read_only) {
  auto device = open_device(is_read_only);
  if (!device) return pass_on(device);
  return std::move(*device);
}

std::vector<TestDiskKind> iscsi_disk_kinds() {
  return {
      {"Tgtd", 512, &make_plain},
      {"Tgtd4096", 4096, &make_plain},
      {"TgtdDigests", 512, &make_digests},
      {"TgtdChap", 512, &make_chap},
  };
}

}  // namespace laneway
