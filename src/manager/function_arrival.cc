#include "manager/function_arrival.h"

namespace laneway {

namespace {

constexpr uint64_t kLookEveryNs = 250 * kMillisecond;
constexpr uint64_t kLooksPerSecond = kSecond / kLookEveryNs;
constexpr uint64_t kConnectLooks = 10 * kLooksPerSecond;
constexpr uint64_t kRequestLooks = 5 * kLooksPerSecond;

tl::unexpected<Error> not_waited() {
  return fail(ErrorCode::refused, "Whether the disk arrived in the guest was not waited for.");
}

}  // namespace

Result<void> FunctionArrival::begin() {
  Result<uint64_t> count = requests();
  if (!count) return pass_on(count);
  requests_before_ = *count;
  return {};
}

Result<uint64_t> FunctionArrival::requests() {
  Result<Json> stats = engine_.call("vf.stats", {{"name", function_}}, kEngineLookNs);
  if (!stats) return pass_on(stats);
  return number_at(*stats, "reads") + number_at(*stats, "writes");
}

Result<bool> FunctionArrival::is_so(const char* claim) {
  Result<Json> shown = engine_.call("vf.show", {{"name", function_}}, kEngineLookNs);
  if (!shown) return pass_on(shown);
  return flag_at(*shown, claim);
}

// False where it did not become so in time.
Result<bool> FunctionArrival::await_claim(JobControl& control, const char* claim, uint64_t looks) {
  for (; looks > 0; --looks) {
    Result<bool> is_there = is_so(claim);
    if (!is_there || *is_there) return is_there;
    if (!control.pause(kLookEveryNs)) return not_waited();
  }
  return false;
}

Result<void> FunctionArrival::await(JobControl& control, uint64_t guest_s) {
  const Result<bool> is_connected = await_claim(control, "attached", kConnectLooks);
  if (!is_connected) return tl::unexpected<Error>(is_connected.error());
  if (!*is_connected) {
    return fail(ErrorCode::timed_out,
                "QEMU has the disk and has not connected to function '{}'; see the machine's log, and that QEMU's user "
                "may use the socket.",
                function_);
  }
  control.note("QEMU is connected to the function.");
  control.set_progress(60);
  if (guest_s == 0) return {};
  const Result<bool> is_used = await_claim(control, "driver_active", guest_s * kLooksPerSecond);
  if (!is_used) return tl::unexpected<Error>(is_used.error());
  if (!*is_used) {
    return fail(ErrorCode::timed_out,
                "The machine has the disk of function '{}', and its guest has not begun to use it within {} s; see in "
                "its console whether it is still starting, and that it has the driver virtio_blk.",
                function_, guest_s);
  }
  control.note("The guest's driver runs its rings.");
  control.set_progress(80);
  return await_request(control);
}

// A driver reads the partition table at once; one that does not is no failure.
Result<void> FunctionArrival::await_request(JobControl& control) {
  for (uint64_t looks = kRequestLooks; looks > 0; --looks) {
    Result<uint64_t> count = requests();
    if (!count) return pass_on(count);
    if (*count > requests_before_) {
      control.note("The guest's first request came.");
      return {};
    }
    if (!control.pause(kLookEveryNs)) return not_waited();
  }
  control.note("The guest has sent no request yet.");
  return {};
}

}  // namespace laneway
