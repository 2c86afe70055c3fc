// Children confine themselves by the engine's own code, and try what a taken-over engine would.
#include "lockdown/lockdown.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <liburing.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/sanitized.h"
#include "lockdown/landlock_rules.h"

namespace laneway {
namespace {

constexpr int kEnded = -1;  // by SIGSYS
constexpr int kAny = -2;    // refused, by whichever guard comes first
constexpr int kNotConfined = -3;

std::string own_directory;    // that a child may use
std::string other_directory;  // that it may not

// What an attempt came to in a child of its own: 0, an errno, or kEnded.
int attempt(const LockdownPlan& plan, int (*act)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<Lockdown> confined = confine(plan);
    if (!confined) ::_exit(254);
    ::_exit(act());
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return kNotConfined;
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? kEnded : kNotConfined;
  return WEXITSTATUS(status) == 254 ? kNotConfined : WEXITSTATUS(status);
}

int outcome(long result) { return result >= 0 ? 0 : errno; }

int open_to_write(const std::string& path) { return outcome(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)); }

int make_socket(int family, int type, int protocol) { return outcome(::socket(family, type, protocol)); }

int listen_tcp() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return outcome(::bind(fd, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof(address)));
}

int listen_unix_at(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return outcome(::bind(fd, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof(address)));
}

// Through an io_uring of its own, past every filter of system calls.
int ring_open(const std::string& path) {
  io_uring ring{};
  if (const int made = io_uring_queue_init(4, &ring, 0); made != 0) return -made;
  io_uring_sqe* entry = io_uring_get_sqe(&ring);
  io_uring_prep_openat(entry, AT_FDCWD, path.c_str(), O_RDONLY, 0);
  io_uring_cqe* done = nullptr;
  if (io_uring_submit(&ring) != 1 || io_uring_wait_cqe(&ring, &done) != 0) return ENOTRECOVERABLE;
  return done->res >= 0 ? 0 : -done->res;
}

// What a reactor does: a ring that is restricted, enabled and used.
int ring_write() {
  io_uring ring{};
  if (const int made = io_uring_queue_init(4, &ring, IORING_SETUP_R_DISABLED); made != 0) return -made;
  io_uring_restriction only_write{};
  only_write.opcode = IORING_RESTRICTION_SQE_OP;
  only_write.sqe_op = IORING_OP_WRITE;
  const int fd = ::eventfd(0, EFD_CLOEXEC);
  if (::syscall(SYS_io_uring_register, ring.ring_fd, IORING_REGISTER_RESTRICTIONS, &only_write, 1) != 0) return errno;
  if (::syscall(SYS_io_uring_register, ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0) != 0) return errno;
  const uint64_t one = 1;
  io_uring_prep_write(io_uring_get_sqe(&ring), fd, &one, sizeof(one), 0);
  io_uring_cqe* done = nullptr;
  if (io_uring_submit(&ring) != 1 || io_uring_wait_cqe(&ring, &done) != 0) return ENOTRECOVERABLE;
  return done->res == sizeof(one) ? 0 : EIO;
}

int start_thread() {
  pthread_t thread{};
  const auto run = [](void* error) -> void* {
    *static_cast<int*>(error) = ::pthread_setname_np(::pthread_self(), "reactor-7");
    return nullptr;
  };
  int named = 0;
  if (const int error = ::pthread_create(&thread, nullptr, run, &named); error != 0) return error;
  const int joined = ::pthread_join(thread, nullptr);
  return joined != 0 ? joined : named;
}

constexpr uint16_t kNobodysPort = 1;  // tcpmux

int connect_tcp() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(kNobodysPort);
  const int result = ::connect(fd, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof(address));
  return result != 0 && errno == ECONNREFUSED ? 0 : outcome(result);
}

int map_memory(int protection) {
  return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

int replace_a_file() {
  const std::string path = own_directory + "/state";
  if (const int error = open_to_write(path + ".new"); error != 0) return error;
  if (::rename((path + ".new").c_str(), path.c_str()) != 0) return errno;
  return outcome(::unlink(path.c_str()));
}

struct Attempt {
  const char* name;
  int (*act)();
  int opened;    // with path calls allowed
  int brokered;  // and with a broker
};

const std::vector<Attempt> kForbidden = {
    {"execve", [] { return outcome(::execl("/bin/true", "true", nullptr)); }, kEnded, kEnded},
    {"fork", [] { return outcome(::fork()); }, kEnded, kEnded},
    {"system", [] { return outcome(std::system("true")); }, kEnded, kEnded},
    {"ptrace the parent", [] { return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), 0, 0)); }, kEnded, kEnded},
    {"process_vm_readv", [] { return outcome(::process_vm_readv(::getppid(), nullptr, 0, nullptr, 0, 0)); }, kEnded,
     kEnded},
    {"mount", [] { return outcome(::mount("none", "/mnt", "tmpfs", 0, nullptr)); }, kEnded, kEnded},
    {"mknod", [] { return outcome(::mknod((own_directory + "/d").c_str(), S_IFCHR | 0600, 0x103)); }, kEnded, kEnded},
    {"setuid", [] { return outcome(::setuid(0)); }, kEnded, kEnded},
    {"userfaultfd", [] { return outcome(::syscall(SYS_userfaultfd, 0)); }, kEnded, kEnded},
    {"bpf", [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }, kEnded, kEnded},
    {"perf_event_open", [] { return outcome(::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0)); }, kEnded, kEnded},
    {"keyctl", [] { return outcome(::syscall(SYS_keyctl, 0, 0)); }, kEnded, kEnded},
    {"open_by_handle_at", [] { return outcome(::syscall(SYS_open_by_handle_at, 0, nullptr, 0)); }, kEnded, kEnded},
    {"finit_module", [] { return outcome(::syscall(SYS_finit_module, 0, "", 0)); }, kEnded, kEnded},
    {"kill the parent", [] { return outcome(::kill(::getppid(), SIGTERM)); }, EPERM, EPERM},
    {"a second filter", [] { return outcome(::syscall(SYS_seccomp, 1, 0, nullptr)); }, EPERM, EPERM},
    {"a netlink socket", [] { return make_socket(AF_NETLINK, SOCK_RAW, 0); }, EPERM, EPERM},
    {"a packet socket", [] { return make_socket(AF_PACKET, SOCK_RAW, 0); }, EPERM, EPERM},
    {"a raw socket", [] { return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }, EPERM, EPERM},
    {"a vsock socket", [] { return make_socket(AF_VSOCK, SOCK_STREAM, 0); }, EPERM, EPERM},
    {"listening on TCP", listen_tcp, EACCES, EPERM},
    {"code on the heap", [] { return map_memory(PROT_READ | PROT_WRITE | PROT_EXEC); }, EPERM, EPERM},
    {"being dumped again", [] { return outcome(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }, EPERM, EPERM},
    {"a file in /etc, written", [] { return open_to_write("/etc/laneway-test"); }, EACCES, EPERM},
    {"/etc/passwd, written", [] { return outcome(::open("/etc/passwd", O_RDWR)); }, EACCES, EPERM},
    {"/proc/1/environ", [] { return outcome(::open("/proc/1/environ", O_RDONLY)); }, EACCES, EPERM},
    {"a directory made", [] { return outcome(::mkdir((own_directory + "/m").c_str(), 0700)); }, EPERM, EPERM},
    {"/proc by an io_uring", [] { return ring_open("/proc/self/status"); }, EACCES, kAny},
};

// Of an engine without a broker: allowed; refused once there is one.
const std::vector<Attempt> kBroker = {
    {"/etc/passwd, read", [] { return outcome(::open("/etc/passwd", O_RDONLY)); }, 0, EPERM},
    {"a file of its own", [] { return open_to_write(own_directory + "/f"); }, 0, EPERM},
    {"its state file replaced", replace_a_file, 0, EPERM},
    {"a function's socket", [] { return listen_unix_at(own_directory + "/s"); }, 0, EPERM},
    {"a name server's socket", [] { return make_socket(AF_INET, SOCK_DGRAM, 0); }, 0, EPERM},
    {"connect(2)", connect_tcp, 0, EPERM},
    {"a file of its own by an io_uring", [] { return ring_open(own_directory); }, 0, kAny},
};

const std::vector<Attempt> kNeeded = {
    {"a thread with a name", start_thread, 0, 0},
    {"a reactor's ring", ring_write, 0, 0},
    {"memory", [] { return map_memory(PROT_READ | PROT_WRITE); }, 0, 0},
    {"a TCP socket", [] { return make_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP); }, 0, 0},
    {"a file in memory", [] { return outcome(::memfd_create("test", MFD_CLOEXEC)); }, 0, 0},
    {"the size of an open file",
     [] {
       struct stat found {};
       return outcome(::fstat(0, &found));
     },
     0, 0},
};

class LockdownTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kHasThreadSanitizer) GTEST_SKIP() << "a sanitizer's thread runs beside the test's own";
    own_directory = make_directory();
    other_directory = make_directory();
    plan_.own_directories = {own_directory};
  }
  void TearDown() override {
    for (const std::string& path : {own_directory, other_directory}) std::filesystem::remove_all(path);
  }
  static std::string make_directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "laneway-lockdown-XXXXXX";
    return ::mkdtemp(pattern.data()) != nullptr ? pattern : "";
  }
  void expect_all(const std::vector<Attempt>& attempts, PathCalls paths) {
    plan_.paths = paths;
    for (const Attempt& each : attempts) {
      const int expected = paths == PathCalls::allowed ? each.opened : each.brokered;
      const int found = attempt(plan_, each.act);
      if (expected == kAny) {
        EXPECT_GT(found, 0) << each.name;
      } else {
        EXPECT_EQ(found, expected) << each.name;
      }
    }
  }

  LockdownPlan plan_;
};

TEST_F(LockdownTest, RefusesWhatNoEngineDoes) {
  expect_all(kForbidden, PathCalls::allowed);
  expect_all(kForbidden, PathCalls::refused);
}

TEST_F(LockdownTest, LeavesPathsToABrokerWhereThereIsOne) {
  expect_all(kBroker, PathCalls::allowed);
  expect_all(kBroker, PathCalls::refused);
}

TEST_F(LockdownTest, LeavesWhatReactorsNeed) {
  expect_all(kNeeded, PathCalls::allowed);
  expect_all(kNeeded, PathCalls::refused);
}

TEST_F(LockdownTest, KeepsToTheDirectoriesThatAnOperatorNamed) {
  const auto open_other = [] { return open_to_write(other_directory + "/f"); };
  EXPECT_EQ(attempt(plan_, open_other), 0);
  plan_.data_directories = {own_directory};
  EXPECT_EQ(attempt(plan_, open_other), EACCES);
  plan_.data_directories.push_back(other_directory);
  EXPECT_EQ(attempt(plan_, open_other), 0);
}

TEST_F(LockdownTest, LeavesNoCapabilityAndNoCore) {
  const auto count = [] {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return 2;
    rlimit core{1, 1};
    ::getrlimit(RLIMIT_CORE, &core);
    const bool is_bare = (sets[0].effective | sets[0].permitted | sets[1].effective | sets[1].permitted) == 0 &&
                         core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0 &&
                         ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    return is_bare ? 0 : 1;
  };
  EXPECT_EQ(attempt(plan_, count), 0);
}

TEST_F(LockdownTest, RefusesAProcessWithThreads) {
  const pid_t child = ::fork();
  if (child == 0) {
    pthread_t thread{};
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          ::pause();
          return nullptr;
        },
        nullptr);
    ::_exit(confine({}) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace laneway
