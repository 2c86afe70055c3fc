#include "lockdown/seccomp_filter.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace laneway {

namespace {

constexpr uint32_t kRegisterRestrictions = 11;  // io_uring_register(2)
constexpr uint32_t kRegisterEnableRings = 12;

ArgumentTest is(uint8_t index, uint32_t value) { return {index, 0xffffffff, value, false}; }
ArgumentTest has(uint8_t index, uint32_t bits) { return {index, bits, bits, false}; }
ArgumentTest lacks(uint8_t index, uint32_t bits) { return {index, bits, 0, false}; }

// One alternative for each value of one argument.
std::vector<ArgumentTests> one_of(uint8_t index, std::initializer_list<uint32_t> values) {
  std::vector<ArgumentTests> out;
  for (const uint32_t value : values) out.push_back({is(index, value)});
  return out;
}

// What reactors do all the time comes first: the kernel remembers these answers in a bitmap, but not on every
// processor.
void add_data_path(FilterProgram& filter) {
  filter.add({"io_uring_enter", "write", "read", "futex", "clock_gettime", "recvmsg", "sendmsg", "recvfrom", "sendto"},
             FilterAnswer::allow);
}

// No honest code of the engine does any of these.
void add_fatal(FilterProgram& filter) {
  constexpr FilterAnswer kEnd = FilterAnswer::end_all;
  filter.add({"execve", "execveat", "fork", "vfork", "uselib"}, kEnd);
  filter.add({"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"}, kEnd);
  filter.add({"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount", "fsconfig",
              "fspick", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd"},
             kEnd);
  filter.add({"bpf", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "acct",
              "syslog", "nfsservctl", "vhangup", "lookup_dcookie", "fanotify_init"},
             kEnd);
  filter.add({"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
              "capset", "unshare", "setns", "personality"},
             kEnd);
  filter.add({"open_by_handle_at", "name_to_handle_at", "mknod", "mknodat", "userfaultfd", "memfd_secret", "keyctl",
              "add_key", "request_key", "perf_event_open", "move_pages", "migrate_pages"},
             kEnd);
  filter.add({"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "iopl",
              "ioperm", "modify_ldt"},
             kEnd);
}

void add_harmless(FilterProgram& filter) {
  constexpr FilterAnswer kAllow = FilterAnswer::allow;
  filter.add({"readv", "writev", "pread64", "pwrite64", "close", "lseek", "ftruncate", "fallocate", "fsync",
              "fdatasync", "flock", "fstat", "dup", "dup3", "poll", "ppoll"},
             kAllow);
  filter.add({"munmap", "mremap", "madvise", "brk", "memfd_create", "eventfd2", "io_uring_setup"}, kAllow);
  filter.add({"exit", "exit_group", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "sched_setaffinity",
              "getcpu", "gettid", "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid"},
             kAllow);
  filter.add({"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall"},
             kAllow);
  filter.add({"clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom", "uname", "sysinfo",
              "capget", "getrusage"},
             kAllow);
  filter.add({"accept4", "getsockopt", "setsockopt", "getsockname", "getpeername", "shutdown"}, kAllow);
}

// Allowed for some arguments only.
void add_checked(FilterProgram& filter, int32_t pid) {
  constexpr FilterAnswer kRefuse = FilterAnswer::refuse;
  // A thread, never a process; clone3 has its flags in memory, where a filter cannot see them.
  filter.add("clone", {{has(0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)}}, FilterAnswer::end_all);
  filter.add("clone3", FilterAnswer::absent);
  filter.add("tgkill", {{is(0, static_cast<uint32_t>(pid))}}, kRefuse);
  filter.add("prlimit64", {{is(0, 0), is(2, 0)}}, kRefuse);  // asks for limits of its own, sets none
  filter.add("io_uring_register", one_of(1, {kRegisterRestrictions, kRegisterEnableRings}), kRefuse);
  filter.add("prctl", one_of(0, {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ}),
             kRefuse);
  filter.add("fcntl",
             one_of(1, {F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC, F_OFD_GETLK, F_OFD_SETLK,
                        F_ADD_SEALS, F_GET_SEALS}),
             kRefuse);
  filter.add("ioctl", one_of(1, {TCGETS, FIONREAD, SIOCOUTQ, BLKSSZGET, BLKPBSZGET, BLKIOOPT, BLKGETSIZE64}), kRefuse);
  filter.add("mprotect", {{lacks(2, PROT_EXEC)}}, kRefuse);
}

// The process's own walks through the file system, and name look-ups with the sockets that these need. A NETLINK socket
// only tells getaddrinfo() which addresses the host has; without it it assumes both kinds.
void add_paths(FilterProgram& filter) {
  filter.add({"openat",    "open",       "newfstatat", "statx",      "stat",     "lstat",      "access",
              "faccessat", "faccessat2", "readlink",   "readlinkat", "unlink",   "unlinkat",   "rename",
              "renameat",  "renameat2",  "chmod",      "fchmod",     "fchmodat", "getdents64", "getcwd"},
             FilterAnswer::allow);
  filter.add({"connect", "bind", "listen", "sendmmsg", "recvmmsg"}, FilterAnswer::allow);
  std::vector<ArgumentTests> sockets;
  for (const uint32_t family : {AF_UNIX, AF_INET, AF_INET6}) {
    for (const uint32_t type : {SOCK_STREAM, SOCK_DGRAM}) sockets.push_back({is(0, family), {1, 0xf, type, false}});
  }
  filter.add("socket", sockets, FilterAnswer::refuse);
  // A library that is loaded for a look-up is mapped from its file; no memory is writable and executable.
  filter.add("mmap", {{lacks(2, PROT_EXEC)}, {lacks(2, PROT_WRITE), lacks(3, MAP_ANONYMOUS)}}, FilterAnswer::refuse);
}

void add_brokered(FilterProgram& filter) {
  // fstat() of the C library is newfstatat() of an empty path.
  filter.add("newfstatat", {{has(3, AT_EMPTY_PATH)}}, FilterAnswer::refuse);
  filter.add("statx", {{has(2, AT_EMPTY_PATH)}}, FilterAnswer::refuse);
  const ArgumentTest is_stream = {1, 0xf, SOCK_STREAM, false};
  filter.add("socket",
             {{is(0, AF_INET), is_stream, is(2, IPPROTO_TCP)}, {is(0, AF_INET6), is_stream, is(2, IPPROTO_TCP)}},
             FilterAnswer::refuse);
  filter.add("mmap", {{lacks(2, PROT_EXEC)}}, FilterAnswer::refuse);
}

}  // namespace

FilterProgram engine_filter(Processor processor, PathCalls paths, int32_t pid) {
  FilterProgram filter(processor);
  add_data_path(filter);
  add_harmless(filter);
  add_checked(filter, pid);
  if (paths == PathCalls::allowed) {
    add_paths(filter);
  } else {
    add_brokered(filter);
  }
  add_fatal(filter);
  return filter;
}

Result<void> install_engine_filter(PathCalls paths) {
  const std::optional<Processor> processor = this_processor();
  if (!processor) {
    return fail(ErrorCode::unsupported, "no system call filter is written for this processor; use x86-64 or arm64");
  }
  FilterProgram filter = engine_filter(*processor, paths, ::getpid());
  const std::vector<sock_filter>& program = filter.finish();
  const sock_fprog wire{static_cast<uint16_t>(program.size()), const_cast<sock_filter*>(program.data())};
  const long outcome = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &wire);
  if (outcome == 0) return {};
  if (outcome > 0) return fail(ErrorCode::internal, "thread {} has a system call filter of its own", outcome);
  return fail(ErrorCode::unsupported, "the kernel takes no system call filter: {}", errno_text(errno));
}

}  // namespace laneway
