#include "lockdown/seccomp_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "lockdown/testing/filter_machine.h"

namespace laneway {
namespace {

constexpr int32_t kPid = 4711;
constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr uint32_t kAbsent = SECCOMP_RET_ERRNO | ENOSYS;
constexpr uint32_t kEnd = SECCOMP_RET_KILL_PROCESS;

struct Call {
  std::string_view name;
  std::vector<uint64_t> arguments;
  uint32_t opened;    // what a filter says that allows paths
  uint32_t brokered;  // and one with a broker
};

uint32_t ask(Processor processor, PathCalls paths, std::string_view name, const std::vector<uint64_t>& arguments) {
  FilterProgram filter = engine_filter(processor, paths, kPid);
  seccomp_data call{};
  call.nr = static_cast<int>(syscall_number(name, processor).value_or(0xffff));
  call.arch = processor == Processor::x86_64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64;
  std::copy(arguments.begin(), arguments.end(), call.args);
  return run_filter(filter.finish(), call);
}

const std::vector<Call> kCalls = {
    {"read", {}, kAllow, kAllow},
    {"io_uring_enter", {}, kAllow, kAllow},
    {"futex", {}, kAllow, kAllow},
    {"exit_group", {}, kAllow, kAllow},
    {"execve", {}, kEnd, kEnd},
    {"execveat", {}, kEnd, kEnd},
    {"ptrace", {}, kEnd, kEnd},
    {"process_vm_readv", {}, kEnd, kEnd},
    {"mount", {}, kEnd, kEnd},
    {"bpf", {}, kEnd, kEnd},
    {"kexec_file_load", {}, kEnd, kEnd},
    {"finit_module", {}, kEnd, kEnd},
    {"setresuid", {}, kEnd, kEnd},
    {"open_by_handle_at", {}, kEnd, kEnd},
    {"userfaultfd", {}, kEnd, kEnd},
    {"keyctl", {}, kEnd, kEnd},
    {"perf_event_open", {}, kEnd, kEnd},
    {"mknodat", {}, kEnd, kEnd},
    {"clone", {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD}, kAllow, kAllow},
    {"clone", {17}, kEnd, kEnd},  // fork of a C library: SIGCHLD
    {"clone", {CLONE_VM | CLONE_VFORK}, kEnd, kEnd},
    {"clone3", {}, kAbsent, kAbsent},
    {"tgkill", {kPid, kPid, 6}, kAllow, kAllow},
    {"tgkill", {1, 1, 9}, kRefuse, kRefuse},
    {"prlimit64", {0, 7, 0, 1}, kAllow, kAllow},
    {"prlimit64", {0, 7, 1, 0}, kRefuse, kRefuse},
    {"prlimit64", {1, 7, 0, 1}, kRefuse, kRefuse},
    {"prctl", {PR_SET_NAME}, kAllow, kAllow},
    {"prctl", {PR_SET_DUMPABLE, 1}, kRefuse, kRefuse},
    {"prctl", {PR_SET_PTRACER}, kRefuse, kRefuse},
    {"io_uring_register", {3, 12}, kAllow, kAllow},
    {"io_uring_register", {3, 2}, kRefuse, kRefuse},
    {"fcntl", {3, F_OFD_SETLK}, kAllow, kAllow},
    {"fcntl", {3, F_SETOWN}, kRefuse, kRefuse},
    {"ioctl", {0, 0x5412}, kRefuse, kRefuse},  // TIOCSTI
    {"mprotect", {0, 4096, PROT_READ | PROT_WRITE}, kAllow, kAllow},
    {"mprotect", {0, 4096, PROT_READ | PROT_EXEC}, kRefuse, kRefuse},
    {"mmap", {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED}, kAllow, kAllow},
    {"mmap", {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE}, kAllow, kRefuse},
    {"mmap", {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS}, kRefuse, kRefuse},
    {"mmap", {0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE}, kRefuse, kRefuse},
    {"openat", {}, kAllow, kRefuse},
    {"unlinkat", {}, kAllow, kRefuse},
    {"renameat2", {}, kAllow, kRefuse},
    {"newfstatat", {3, 0, 0, AT_EMPTY_PATH}, kAllow, kAllow},
    {"newfstatat", {3, 0, 0, 0}, kAllow, kRefuse},
    {"socket", {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP}, kAllow, kAllow},
    {"socket", {AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP}, kAllow, kAllow},
    {"socket", {AF_INET, SOCK_DGRAM, 0}, kAllow, kRefuse},
    {"socket", {AF_UNIX, SOCK_STREAM, 0}, kAllow, kRefuse},
    {"socket", {AF_INET, SOCK_RAW, IPPROTO_TCP}, kRefuse, kRefuse},
    {"socket", {AF_NETLINK, SOCK_RAW, 0}, kRefuse, kRefuse},
    {"socket", {AF_PACKET, SOCK_RAW, 0}, kRefuse, kRefuse},
    {"socket", {AF_VSOCK, SOCK_STREAM, 0}, kRefuse, kRefuse},
    {"connect", {}, kAllow, kRefuse},
    {"bind", {}, kAllow, kRefuse},
    {"listen", {}, kAllow, kRefuse},
};

TEST(EngineFilter, AnswersEachCallAsTheTableSays) {
  for (const Processor processor : {Processor::x86_64, Processor::arm64}) {
    for (const Call& call : kCalls) {
      EXPECT_EQ(ask(processor, PathCalls::allowed, call.name, call.arguments), call.opened) << call.name;
      EXPECT_EQ(ask(processor, PathCalls::refused, call.name, call.arguments), call.brokered) << call.name;
    }
  }
}

uint32_t ask_raw(Processor processor, uint32_t architecture, uint32_t number) {
  FilterProgram filter = engine_filter(processor, PathCalls::allowed, kPid);
  seccomp_data call{};
  call.nr = static_cast<int>(number);
  call.arch = architecture;
  return run_filter(filter.finish(), call);
}

TEST(EngineFilter, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ask_raw(Processor::x86_64, AUDIT_ARCH_X86_64, 999), kRefuse);
  EXPECT_EQ(ask_raw(Processor::arm64, AUDIT_ARCH_AARCH64, 999), kRefuse);
}

TEST(EngineFilter, EndsTheProcessAtAnotherProcessorsCalls) {
  EXPECT_EQ(ask_raw(Processor::x86_64, AUDIT_ARCH_I386, 3), kEnd);
  EXPECT_EQ(ask_raw(Processor::x86_64, AUDIT_ARCH_X86_64, 0x40000000), kEnd);  // x32
  EXPECT_EQ(ask_raw(Processor::x86_64, AUDIT_ARCH_AARCH64, 63), kEnd);
  EXPECT_EQ(ask_raw(Processor::arm64, AUDIT_ARCH_ARM, 3), kEnd);
}

}  // namespace
}  // namespace laneway
