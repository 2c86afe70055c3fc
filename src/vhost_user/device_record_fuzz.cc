// Foreign bytes as a device record: refused, or accepted and then the same after another round of encoding.
#include <fcntl.h>
#include <sys/eventfd.h>

#include "base/check.h"
#include "vhost_user/machine.h"
#include "vhost_user/testing/fake_device.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace laneway;
  std::vector<UniqueFd> descriptors;
  for (int i = 0; i < 8; ++i) descriptors.push_back(UniqueFd(::eventfd(0, EFD_CLOEXEC)));
  auto record = decode_record({data, size}, std::move(descriptors));
  if (!record) return 0;
  auto copy = duplicate_record(*record);
  LW_ASSERT(copy.has_value());
  LW_ASSERT(encode_record(*record).bytes == encode_record(*copy).bytes);
  FakeDevice device;
  VhostUserMachine machine(device, 4, true);
  if (machine.restore(std::move(*copy))) (void)machine.pump();
  return 0;
}
