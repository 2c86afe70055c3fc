#include "lockdown/landlock_rules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>

#include "base/fd.h"

namespace laneway {

namespace {

// linux/landlock.h of newer kernels than that of Debian 12.
struct RulesetWire {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};
static_assert(sizeof(RulesetWire) == 24);
struct [[gnu::packed]] PathRuleWire {
  uint64_t allowed_access;
  int32_t parent_fd;
};
static_assert(sizeof(PathRuleWire) == 12);

constexpr long kCreateRuleset = 444;  // the same numbers on all processors
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr uint32_t kAskVersion = 1;
constexpr int kPathRule = 1;

enum Access : uint64_t {
  kExecute = 1 << 0,
  kWriteFile = 1 << 1,
  kReadFile = 1 << 2,
  kReadDir = 1 << 3,
  kRemoveFile = 1 << 5,
  kMakeRegular = 1 << 8,
  kMakeSocket = 1 << 9,
  kTruncate = 1 << 14,
  kIoctlDevice = 1 << 15,
};
constexpr uint64_t kAllOfVersion1 = (1 << 13) - 1;
constexpr uint64_t kRefer = 1 << 13;
constexpr uint64_t kBindTcp = 1;
constexpr uint64_t kAbstractSocketsAndSignals = 3;

constexpr uint64_t kReading = kReadFile | kReadDir;
constexpr uint64_t kDevices = kReading | kWriteFile | kIoctlDevice;
constexpr uint64_t kData = kDevices | kRemoveFile | kMakeRegular | kMakeSocket | kTruncate;

// What exists of it in this version. TCP connects stay allowed: portals come later, and rules cannot.
RulesetWire handled_by(int version) {
  RulesetWire wire{};
  wire.handled_access_fs = kAllOfVersion1;
  if (version >= 2) wire.handled_access_fs |= kRefer;
  if (version >= 3) wire.handled_access_fs |= kTruncate;
  if (version >= 5) wire.handled_access_fs |= kIoctlDevice;
  if (version >= 4) wire.handled_access_net = kBindTcp;
  if (version >= 6) wire.scoped = kAbstractSocketsAndSignals;
  return wire;
}

size_t wire_bytes(int version) {
  if (version >= 6) return sizeof(RulesetWire);
  return version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

Result<void> allow(int ruleset, const std::string& path, uint64_t access) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY));
  if (!place) return {};
  const PathRuleWire rule{access, place.get()};
  if (::syscall(kAddRule, ruleset, kPathRule, &rule, 0) == 0) return {};
  return fail(ErrorCode::internal, "Landlock refuses a rule for {}: {}", path, errno_text(errno));
}

Result<void> allow_all(int ruleset, const std::vector<std::string>& paths, uint64_t access) {
  for (const std::string& path : paths) {
    if (Result<void> allowed = allow(ruleset, path, access); !allowed) return allowed;
  }
  return {};
}

// Of the root's directories those that no function's file belongs in.
constexpr std::string_view kSystem[] = {"bin", "boot", "etc", "lib", "lib32", "lib64", "libx32", "sbin", "sys", "usr"};
constexpr std::string_view kOutOfReach[] = {"proc", "dev"};

template <size_t N>
bool is_among(const std::string_view (&names)[N], const std::string& name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

int landlock_version() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<int> apply_landlock(const LandlockRules& rules) {
  const int version = landlock_version();
  if (version == 0) return 0;
  const RulesetWire wire = handled_by(version);
  const UniqueFd ruleset(static_cast<int>(::syscall(kCreateRuleset, &wire, wire_bytes(version), 0)));
  if (!ruleset) return fail(ErrorCode::internal, "Landlock refuses its rule set: {}", errno_text(errno));
  const uint64_t known = wire.handled_access_fs;
  if (Result<void> done = allow_all(ruleset.get(), rules.data, kData & known); !done) return pass_on(done);
  if (Result<void> done = allow_all(ruleset.get(), rules.devices, kDevices & known); !done) return pass_on(done);
  if (Result<void> done = allow_all(ruleset.get(), rules.read_only, kReading & known); !done) return pass_on(done);
  if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0) {
    return fail(ErrorCode::internal, "Landlock does not take effect: {}", errno_text(errno));
  }
  return version;
}

LandlockRules rules_for_any_path(std::vector<std::string> own_directories) {
  LandlockRules rules;
  rules.data = std::move(own_directories);
  rules.data.emplace_back("/dev/shm");
  rules.devices = {"/dev"};
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator("/", unreadable)) {
    const std::string name = entry.path().filename();
    if (is_among(kOutOfReach, name)) continue;
    (is_among(kSystem, name) ? rules.read_only : rules.data).push_back(entry.path());
  }
  return rules;
}

}  // namespace laneway
