#include "lockdown/syscall_table.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/check.h"

namespace laneway {

namespace {

struct Row {
  std::string_view name;
  int16_t x86_64;
  int16_t arm64;
};

// By name; -1 where there is no such call.
constexpr Row kRows[] = {
    // clang-format off
    {"accept4", 288, 242}, {"access", 21, -1}, {"acct", 163, 89},
    {"add_key", 248, 217}, {"adjtimex", 159, 171}, {"bind", 49, 200},
    {"bpf", 321, 280}, {"brk", 12, 214}, {"capget", 125, 90}, {"capset", 126, 91},
    {"chmod", 90, -1}, {"chroot", 161, 51}, {"clock_adjtime", 305, 266},
    {"clock_getres", 229, 114}, {"clock_gettime", 228, 113}, {"clock_nanosleep", 230, 115},
    {"clock_settime", 227, 112}, {"clone", 56, 220}, {"clone3", 435, 435},
    {"close", 3, 57}, {"connect", 42, 203}, {"delete_module", 176, 106},
    {"dup", 32, 23}, {"dup3", 292, 24}, {"eventfd2", 290, 19}, {"execve", 59, 221},
    {"execveat", 322, 281}, {"exit", 60, 93}, {"exit_group", 231, 94},
    {"faccessat", 269, 48}, {"faccessat2", 439, 439}, {"fallocate", 285, 47},
    {"fanotify_init", 300, 262}, {"fchmod", 91, 52}, {"fchmodat", 268, 53},
    {"fcntl", 72, 25}, {"fdatasync", 75, 83}, {"finit_module", 313, 273},
    {"flock", 73, 32}, {"fork", 57, -1}, {"fsconfig", 431, 431},
    {"fsmount", 432, 432}, {"fsopen", 430, 430}, {"fspick", 433, 433},
    {"fstat", 5, 80}, {"fsync", 74, 82}, {"ftruncate", 77, 46},
    {"futex", 202, 98}, {"getcpu", 309, 168}, {"getcwd", 79, 17},
    {"getdents64", 217, 61}, {"getegid", 108, 177}, {"geteuid", 107, 175},
    {"getgid", 104, 176}, {"getpeername", 52, 205}, {"getpid", 39, 172},
    {"getppid", 110, 173}, {"getrandom", 318, 278}, {"getrusage", 98, 165},
    {"getsockname", 51, 204}, {"getsockopt", 55, 209}, {"gettid", 186, 178},
    {"gettimeofday", 96, 169}, {"getuid", 102, 174}, {"init_module", 175, 105},
    {"io_uring_enter", 426, 426}, {"io_uring_register", 427, 427}, {"io_uring_setup", 425, 425},
    {"ioctl", 16, 29}, {"ioperm", 173, -1}, {"iopl", 172, -1},
    {"kcmp", 312, 272}, {"kexec_file_load", 320, 294}, {"kexec_load", 246, 104},
    {"keyctl", 250, 219}, {"listen", 50, 201}, {"lookup_dcookie", 212, 18},
    {"lseek", 8, 62}, {"lstat", 6, -1}, {"madvise", 28, 233},
    {"memfd_create", 319, 279}, {"memfd_secret", 447, 447}, {"migrate_pages", 256, 238},
    {"mknod", 133, -1}, {"mknodat", 259, 33}, {"mmap", 9, 222},
    {"modify_ldt", 154, -1}, {"mount", 165, 40}, {"mount_setattr", 442, 442},
    {"move_mount", 429, 429}, {"move_pages", 279, 239}, {"mprotect", 10, 226},
    {"mremap", 25, 216}, {"munmap", 11, 215}, {"name_to_handle_at", 303, 264},
    {"nanosleep", 35, 101}, {"newfstatat", 262, 79}, {"nfsservctl", 180, 42},
    {"open", 2, -1}, {"open_by_handle_at", 304, 265}, {"open_tree", 428, 428},
    {"openat", 257, 56}, {"perf_event_open", 298, 241}, {"personality", 135, 92},
    {"pidfd_getfd", 438, 438}, {"pivot_root", 155, 41}, {"poll", 7, -1},
    {"ppoll", 271, 73}, {"prctl", 157, 167}, {"pread64", 17, 67},
    {"prlimit64", 302, 261}, {"process_madvise", 440, 440}, {"process_vm_readv", 310, 270},
    {"process_vm_writev", 311, 271}, {"ptrace", 101, 117}, {"pwrite64", 18, 68},
    {"quotactl", 179, 60}, {"quotactl_fd", 443, 443}, {"read", 0, 63},
    {"readlink", 89, -1}, {"readlinkat", 267, 78}, {"readv", 19, 65},
    {"reboot", 169, 142}, {"recvfrom", 45, 207}, {"recvmmsg", 299, 243},
    {"recvmsg", 47, 212}, {"rename", 82, -1}, {"renameat", 264, 38},
    {"renameat2", 316, 276}, {"request_key", 249, 218}, {"restart_syscall", 219, 128},
    {"rseq", 334, 293}, {"rt_sigaction", 13, 134}, {"rt_sigprocmask", 14, 135},
    {"rt_sigreturn", 15, 139}, {"rt_sigtimedwait", 128, 137}, {"sched_getaffinity", 204, 123},
    {"sched_setaffinity", 203, 122}, {"sched_yield", 24, 124}, {"sendmmsg", 307, 269},
    {"sendmsg", 46, 211}, {"sendto", 44, 206}, {"set_robust_list", 273, 99},
    {"setdomainname", 171, 162}, {"setfsgid", 123, 152}, {"setfsuid", 122, 151},
    {"setgid", 106, 144}, {"setgroups", 116, 159}, {"sethostname", 170, 161},
    {"setns", 308, 268}, {"setregid", 114, 143}, {"setresgid", 119, 149},
    {"setresuid", 117, 147}, {"setreuid", 113, 145}, {"setsockopt", 54, 208},
    {"settimeofday", 164, 170}, {"setuid", 105, 146}, {"shutdown", 48, 210},
    {"sigaltstack", 131, 132}, {"socket", 41, 198}, {"stat", 4, -1},
    {"statx", 332, 291}, {"swapoff", 168, 225}, {"swapon", 167, 224},
    {"sysinfo", 99, 179}, {"syslog", 103, 116}, {"tgkill", 234, 131},
    {"time", 201, -1}, {"umount2", 166, 39}, {"uname", 63, 160},
    {"unlink", 87, -1}, {"unlinkat", 263, 35}, {"unshare", 272, 97},
    {"uselib", 134, -1}, {"userfaultfd", 323, 282}, {"vfork", 58, -1},
    {"vhangup", 153, 58}, {"write", 1, 64}, {"writev", 20, 66},
    // clang-format on
};

constexpr bool is_less(const Row& a, const Row& b) { return a.name < b.name; }
static_assert(std::is_sorted(std::begin(kRows), std::end(kRows), is_less));

}  // namespace

std::optional<uint32_t> syscall_number(std::string_view name, Processor processor) {
  const Row* row = std::lower_bound(std::begin(kRows), std::end(kRows), Row{name, 0, 0}, is_less);
  LW_ASSERT(row != std::end(kRows) && row->name == name);
  const int16_t number = processor == Processor::x86_64 ? row->x86_64 : row->arm64;
  if (number < 0) return std::nullopt;
  return static_cast<uint32_t>(number);
}

std::optional<Processor> this_processor() {
#if defined(__x86_64__) && !defined(__ILP32__)
  return Processor::x86_64;
#elif defined(__aarch64__)
  return Processor::arm64;
#else
  return std::nullopt;
#endif
}

std::string_view syscall_name(size_t index) {
  return index < std::size(kRows) ? kRows[index].name : std::string_view();
}

}  // namespace laneway
