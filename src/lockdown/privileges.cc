#include "lockdown/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace laneway {

namespace {

constexpr int kCapabilitiesMax = 64;

Result<void> set_limit(__rlimit_resource resource, const char* name) {
  const rlimit none{0, 0};
  if (::setrlimit(resource, &none) == 0) return {};
  return fail(ErrorCode::internal, "the limit {} cannot be lowered: {}", name, errno_text(errno));
}

}  // namespace

void refuse_new_privileges() { (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

Result<void> drop_capabilities() {
  // The bounding set needs CAP_SETPCAP; without it there is nothing to bound, as new privileges are refused.
  for (int capability = 0; capability < kCapabilitiesMax; ++capability) {
    if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) (void)::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) == 0) return {};
  return fail(ErrorCode::internal, "capabilities cannot be dropped: {}", errno_text(errno));
}

Result<void> hide_memory() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fail(ErrorCode::internal, "the process cannot be made undumpable: {}", errno_text(errno));
  }
  return set_limit(RLIMIT_CORE, "core");
}

Result<void> lower_limits() {
  if (Result<void> lowered = set_limit(RLIMIT_RTPRIO, "rtprio"); !lowered) return lowered;
  return set_limit(RLIMIT_MSGQUEUE, "msgqueue");
}

}  // namespace laneway
