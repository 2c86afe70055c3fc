// laneway-budget PATH REQUESTS: sends requests through one path of the engine, the same in every run. Under callgrind
// with --toggle-collect='budget_measured_turn*' the instructions of the reactor's turns after the warm-up are counted;
// run.py does that and compares with budget.json. Prints what the path asked of the kernel, as JSON.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "backend/iscsi_device.h"
#include "backend/iscsi_probe.h"
#include "backend/memory_disk.h"
#include "backend/null_disk.h"
#include "budget/guest.h"

// Nothing of it may move into its callers: its name is where counting begins and ends.
extern "C" __attribute__((noinline)) void budget_measured_turn(laneway::Reactor& reactor) {
  reactor.turn();
  asm volatile("");
}

namespace laneway::budget {
namespace {

constexpr uint64_t kDiskBytes = 16 * kMiB;
constexpr uint32_t kWarmUpBatches = 64;

struct Path {
  const char* name;
  enum class Disk : uint8_t { null, memory, iscsi } disk;
  uint16_t depth;
  bool is_write;
};

constexpr Path kPaths[] = {
    {"null-read-d1", Path::Disk::null, 1, false},       {"null-read-d32", Path::Disk::null, 32, false},
    {"memory-read-d32", Path::Disk::memory, 32, false}, {"iscsi-read-d1", Path::Disk::iscsi, 1, false},
    {"iscsi-read-d32", Path::Disk::iscsi, 32, false},   {"iscsi-write-d32", Path::Disk::iscsi, 32, true},
};

fake::TargetOptions target_options() {
  fake::TargetOptions options;
  options.luns.front().capacity_bytes = kDiskBytes;
  options.command_window = 128;
  return options;
}

IscsiTargetSettings settings_of(const fake::TargetOptions& target) {
  IscsiTargetSettings settings;
  settings.name = "array";
  settings.target_name = target.name;
  settings.initiator_name = "iqn.2026-11.test.laneway:budget";
  settings.portals = {{"127.0.0.1", 3260}};
  return settings;
}

// A disk on the fake target's LUN, made as the engine makes it.
class IscsiDisk {
 public:
  IscsiDisk(ScriptKernel& kernel, Reactor& reactor, const fake::TargetOptions& options)
      : target_(settings_of(options)) {
    LW_ASSERT(target_.resolve().has_value());
    IscsiProbe probe(reactor, target_, 0, 30 * kSecond);
    probe.start(nullptr);
    while (!probe.has_ended()) {
      reactor.turn();
      kernel.let_peer_work();
    }
    LW_ASSERT(probe.outcome().has_value());
    IscsiDeviceOptions device;
    device.function = "budget";
    device.facts = probe.report().luns.at(0);
    device_ = std::make_unique<IscsiDevice>(target_, reactor, device);
  }
  BlockDevice& device() { return *device_; }

 private:
  IscsiTarget target_;
  std::unique_ptr<IscsiDevice> device_;
};

template <typename Disk, typename Options>
std::unique_ptr<Disk> open_plain(Options options) {
  options.capacity_bytes = kDiskBytes;
  auto disk = Disk::open(options);
  LW_ASSERT(disk.has_value());
  return std::move(*disk);
}

int measure(const Path& path, BlockDevice& disk, ScriptKernel& kernel, Reactor& reactor, uint32_t requests) {
  Guest guest({path.depth, path.is_write, kDiskBytes}, kernel, reactor, disk);
  for (uint32_t i = 0; i < kWarmUpBatches; ++i) guest.run_batch([&] { reactor.turn(); });
  const ScriptKernel::Counters before = kernel.counters();
  const uint32_t batches = (requests + path.depth - 1) / path.depth;
  uint64_t turns = 0;
  for (uint32_t i = 0; i < batches; ++i) {
    guest.run_batch([&] {
      budget_measured_turn(reactor);
      ++turns;
    });
  }
  const ScriptKernel::Counters after = kernel.counters();
  std::printf(
      "{\"requests\": %u, \"failed\": %llu, \"turns\": %llu, \"operations\": %llu, \"sends\": %llu, "
      "\"receives\": %llu, \"writes\": %llu}\n",
      batches * path.depth, static_cast<unsigned long long>(guest.failed()), static_cast<unsigned long long>(turns),
      static_cast<unsigned long long>(after.operations - before.operations),
      static_cast<unsigned long long>(after.sends - before.sends),
      static_cast<unsigned long long>(after.receives - before.receives),
      static_cast<unsigned long long>(after.writes - before.writes));
  guest.leave([&] { reactor.turn(); });
  return guest.failed() == 0 ? 0 : 1;
}

int run(const Path& path, uint32_t requests) {
  const fake::TargetOptions options = target_options();
  fake::FakeTarget target(options);
  ScriptKernel kernel(&target);
  Reactor reactor(kernel, Reactor::Options{});
  switch (path.disk) {
    case Path::Disk::null:
      return measure(path, *open_plain<NullDisk>(NullDiskOptions{}), kernel, reactor, requests);
    case Path::Disk::memory:
      return measure(path, *open_plain<MemoryDisk>(MemoryDiskOptions{}), kernel, reactor, requests);
    case Path::Disk::iscsi: {
      IscsiDisk disk(kernel, reactor, options);
      return measure(path, disk.device(), kernel, reactor, requests);
    }
  }
  return 2;
}

}  // namespace
}  // namespace laneway::budget

int main(int argc, char** argv) {
  using laneway::budget::kPaths;
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (const auto& path : kPaths) std::puts(path.name);
    return 0;
  }
  for (const auto& path : kPaths) {
    if (argc == 3 && std::strcmp(argv[1], path.name) == 0) {
      return laneway::budget::run(path, static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10)));
    }
  }
  std::fputs("usage: laneway-budget --list | PATH REQUESTS\n", stderr);
  return 2;
}
