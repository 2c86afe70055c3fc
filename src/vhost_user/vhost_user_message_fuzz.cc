// A hostile front-end: a stream of messages, with descriptors where the input says so, and rings that are busy or not.
// Whatever comes, the machine answers, waits or ends the connection, and what it asks of the device is in order.
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>

#include "base/testing/accepted_inputs.h"
#include "vhost_user/machine.h"
#include "vhost_user/testing/fake_device.h"

namespace {

using namespace laneway;

// One file of a mebibyte for all descriptors that a message carries.
UniqueFd shared_file() {
  static const UniqueFd file = [] {
    UniqueFd fd(::memfd_create("fuzz", MFD_CLOEXEC));
    LW_ASSERT(::ftruncate(fd.get(), 1 << 20) == 0);
    return fd;
  }();
  return UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
}

void take_output(VhostUserMachine& machine) {
  while (!machine.output().empty()) machine.sent(std::min<size_t>(machine.output().size(), 9));
}

}  // namespace

// Each step: one control byte (how many bytes, how many descriptors, which ring is busy), then that many bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FakeDevice device;
  VhostUserMachine machine(device, 4, true);
  ByteView rest(data, size);
  bool is_accepted = false;
  while (rest.size() > 1) {
    const uint8_t control = rest[0];
    rest = rest.subspan(1);
    device.busy.clear();
    if ((control & 0x40) != 0) device.busy.insert(control & 3u);
    if ((control & 0x80) != 0) device.noisy.insert(control & 3u);
    std::vector<UniqueFd> descriptors;
    for (int i = 0; i < (control >> 2 & 3); ++i) descriptors.push_back(shared_file());
    const size_t length = std::min({size_t{1} + (control & 0x3f), machine.wanted_bytes(), rest.size()});
    if (length > 0) {
      if (!machine.received(rest.first(length), std::move(descriptors))) return 0;
      rest = rest.subspan(length);
    }
    if (machine.is_waiting()) {
      device.busy.clear();
      device.noisy.clear();
      if (!machine.pump()) return 0;
      LW_ASSERT(!machine.is_waiting());
    }
    // A whole message was taken.
    if (!is_accepted && length > 0 && machine.record().input.empty()) {
      is_accepted = true;
      laneway::testing::AcceptedInputs::count();
    }
    take_output(machine);
    for (const uint32_t ring : device.running) {
      LW_ASSERT(ring < 4 && machine.is_ready(ring));
      (void)machine.find_ring(ring);
    }
  }
  LW_ASSERT(machine.duplicate().has_value());
  return 0;
}
