#pragma once
// Message sequences of real front-ends, as lists: what each sends to attach a virtio-blk device with its rings, and to
// stop it. For tests that replay them. One thread.

#include <string>
#include <vector>

#include "vhost_user/testing/fake_frontend.h"
#include "virtio/testing/fake_driver.h"

namespace laneway {

enum class FrontendKind : uint8_t { qemu_7_2, qemu_10, libblkio, user_mode_linux, cloud_hypervisor, firecracker };
inline constexpr FrontendKind kAllFrontendKinds[] = {FrontendKind::qemu_7_2,         FrontendKind::qemu_10,
                                                     FrontendKind::libblkio,         FrontendKind::user_mode_linux,
                                                     FrontendKind::cloud_hypervisor, FrontendKind::firecracker};
const char* frontend_name(FrontendKind kind);

struct ScriptRing {
  FakeDriver* driver = nullptr;
  int kick = -1;  // duplicated into the messages
  int call = -1;
  uint16_t base = 0;
};

struct ScriptGuest {
  FakeGuest& guest;
  std::vector<ScriptRing> rings;
  uint64_t features = 0;  // what the guest's driver acknowledges
};

// What is asked before a guest driver runs: features, queues, configuration space.
std::vector<FakeMessage> connect_script(FrontendKind kind, const ScriptGuest& guest);
// From there to running rings. The region that answers GET_INFLIGHT_FD goes back in SET_INFLIGHT_FD: kinds that do that
// need the answer, so those messages are not in the list but in inflight_script().
std::vector<FakeMessage> start_script(FrontendKind kind, const ScriptGuest& guest);
bool has_inflight(FrontendKind kind);
// How the rings are stopped.
std::vector<FakeMessage> stop_script(FrontendKind kind, const ScriptGuest& guest);

}  // namespace laneway
