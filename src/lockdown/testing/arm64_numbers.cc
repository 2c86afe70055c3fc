// The numbers of arm64: the generic ones, with what that processor asks of the header.
#define __BITS_PER_LONG 64
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>

#include "lockdown/testing/kernel_numbers.h"

namespace laneway {

namespace {

struct Named {
  std::string_view name;
  int number;
};

constexpr Named kNumbers[] = {
    // clang-format off
    {"accept4", __NR_accept4}, {"acct", __NR_acct}, {"add_key", __NR_add_key}, {"adjtimex", __NR_adjtimex},
    {"bind", __NR_bind}, {"bpf", __NR_bpf}, {"brk", __NR_brk},
    {"capget", __NR_capget}, {"capset", __NR_capset}, {"chroot", __NR_chroot},
    {"clock_adjtime", __NR_clock_adjtime}, {"clock_getres", __NR_clock_getres}, {"clock_gettime", __NR_clock_gettime},
    {"clock_nanosleep", __NR_clock_nanosleep}, {"clock_settime", __NR_clock_settime}, {"clone", __NR_clone},
    {"clone3", __NR_clone3}, {"close", __NR_close}, {"connect", __NR_connect}, {"delete_module", __NR_delete_module},
    {"dup", __NR_dup}, {"dup3", __NR_dup3},
    {"eventfd2", __NR_eventfd2}, {"execve", __NR_execve}, {"execveat", __NR_execveat},
    {"exit", __NR_exit}, {"exit_group", __NR_exit_group}, {"faccessat", __NR_faccessat},
    {"faccessat2", __NR_faccessat2}, {"fallocate", __NR_fallocate}, {"fanotify_init", __NR_fanotify_init},
    {"fchmod", __NR_fchmod}, {"fchmodat", __NR_fchmodat}, {"fcntl", __NR_fcntl}, {"fdatasync", __NR_fdatasync},
    {"finit_module", __NR_finit_module}, {"flock", __NR_flock}, {"fsconfig", __NR_fsconfig},
    {"fsmount", __NR_fsmount}, {"fsopen", __NR_fsopen}, {"fspick", __NR_fspick}, {"fstat", __NR_fstat},
    {"fsync", __NR_fsync}, {"ftruncate", __NR_ftruncate}, {"futex", __NR_futex}, {"getcpu", __NR_getcpu},
    {"getcwd", __NR_getcwd}, {"getdents64", __NR_getdents64}, {"getegid", __NR_getegid}, {"geteuid", __NR_geteuid},
    {"getgid", __NR_getgid}, {"getpeername", __NR_getpeername}, {"getpid", __NR_getpid}, {"getppid", __NR_getppid},
    {"getrandom", __NR_getrandom}, {"getrusage", __NR_getrusage}, {"getsockname", __NR_getsockname},
    {"getsockopt", __NR_getsockopt}, {"gettid", __NR_gettid}, {"gettimeofday", __NR_gettimeofday},
    {"getuid", __NR_getuid}, {"init_module", __NR_init_module}, {"io_uring_enter", __NR_io_uring_enter},
    {"io_uring_register", __NR_io_uring_register}, {"io_uring_setup", __NR_io_uring_setup}, {"ioctl", __NR_ioctl},
    {"kcmp", __NR_kcmp}, {"kexec_file_load", __NR_kexec_file_load}, {"kexec_load", __NR_kexec_load},
    {"keyctl", __NR_keyctl}, {"listen", __NR_listen}, {"lookup_dcookie", __NR_lookup_dcookie}, {"lseek", __NR_lseek},
    {"madvise", __NR_madvise}, {"memfd_create", __NR_memfd_create}, {"memfd_secret", __NR_memfd_secret},
    {"migrate_pages", __NR_migrate_pages}, {"mknodat", __NR_mknodat}, {"mmap", __NR_mmap}, {"mount", __NR_mount},
    {"mount_setattr", __NR_mount_setattr}, {"move_mount", __NR_move_mount}, {"move_pages", __NR_move_pages},
    {"mprotect", __NR_mprotect}, {"mremap", __NR_mremap}, {"munmap", __NR_munmap},
    {"name_to_handle_at", __NR_name_to_handle_at}, {"nanosleep", __NR_nanosleep}, {"newfstatat", __NR_newfstatat},
    {"nfsservctl", __NR_nfsservctl}, {"open_by_handle_at", __NR_open_by_handle_at}, {"open_tree", __NR_open_tree},
    {"openat", __NR_openat}, {"perf_event_open", __NR_perf_event_open}, {"personality", __NR_personality},
    {"pidfd_getfd", __NR_pidfd_getfd}, {"pivot_root", __NR_pivot_root}, {"ppoll", __NR_ppoll}, {"prctl", __NR_prctl},
    {"pread64", __NR_pread64}, {"prlimit64", __NR_prlimit64}, {"process_madvise", __NR_process_madvise},
    {"process_vm_readv", __NR_process_vm_readv}, {"process_vm_writev", __NR_process_vm_writev},
    {"ptrace", __NR_ptrace}, {"pwrite64", __NR_pwrite64}, {"quotactl", __NR_quotactl},
    {"quotactl_fd", __NR_quotactl_fd}, {"read", __NR_read}, {"readlinkat", __NR_readlinkat}, {"readv", __NR_readv},
    {"reboot", __NR_reboot}, {"recvfrom", __NR_recvfrom}, {"recvmmsg", __NR_recvmmsg}, {"recvmsg", __NR_recvmsg},
    {"renameat", __NR_renameat}, {"renameat2", __NR_renameat2}, {"request_key", __NR_request_key},
    {"restart_syscall", __NR_restart_syscall}, {"rseq", __NR_rseq}, {"rt_sigaction", __NR_rt_sigaction},
    {"rt_sigprocmask", __NR_rt_sigprocmask}, {"rt_sigreturn", __NR_rt_sigreturn},
    {"rt_sigtimedwait", __NR_rt_sigtimedwait}, {"sched_getaffinity", __NR_sched_getaffinity},
    {"sched_setaffinity", __NR_sched_setaffinity}, {"sched_yield", __NR_sched_yield}, {"sendmmsg", __NR_sendmmsg},
    {"sendmsg", __NR_sendmsg}, {"sendto", __NR_sendto}, {"set_robust_list", __NR_set_robust_list},
    {"setdomainname", __NR_setdomainname}, {"setfsgid", __NR_setfsgid}, {"setfsuid", __NR_setfsuid},
    {"setgid", __NR_setgid}, {"setgroups", __NR_setgroups}, {"sethostname", __NR_sethostname}, {"setns", __NR_setns},
    {"setregid", __NR_setregid}, {"setresgid", __NR_setresgid}, {"setresuid", __NR_setresuid},
    {"setreuid", __NR_setreuid}, {"setsockopt", __NR_setsockopt}, {"settimeofday", __NR_settimeofday},
    {"setuid", __NR_setuid}, {"shutdown", __NR_shutdown}, {"sigaltstack", __NR_sigaltstack}, {"socket", __NR_socket},
    {"statx", __NR_statx}, {"swapoff", __NR_swapoff}, {"swapon", __NR_swapon}, {"sysinfo", __NR_sysinfo},
    {"syslog", __NR_syslog}, {"tgkill", __NR_tgkill}, {"umount2", __NR_umount2}, {"uname", __NR_uname},
    {"unlinkat", __NR_unlinkat}, {"unshare", __NR_unshare}, {"userfaultfd", __NR_userfaultfd},
    {"vhangup", __NR_vhangup}, {"write", __NR_write}, {"writev", __NR_writev},
    // clang-format on
};

}  // namespace

int arm64_number(std::string_view name) {
  for (const Named& each : kNumbers) {
    if (each.name == name) return each.number;
  }
  return -1;
}

}  // namespace laneway
