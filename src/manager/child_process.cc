#include "manager/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

#include "base/units.h"

extern char** environ;

namespace laneway {

namespace {

// What posix_spawn is told, freed in the end.
struct SpawnOrders {
  SpawnOrders() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnOrders() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
  }
  SpawnOrders(const SpawnOrders&) = delete;
  SpawnOrders& operator=(const SpawnOrders&) = delete;

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

// Signals that lanewayd blocks or ignores mean to the program what they mean to any.
void reset_signals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t defaults;
  ::sigemptyset(&none);
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::io, "{} was not started: {}; too much is under way.", words.front(), errno_text(errno));
  }
  UniqueFd ours(ends[0]);
  const UniqueFd its(ends[1]);
  SpawnOrders orders;
  ::posix_spawn_file_actions_addopen(&orders.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&orders.files, its.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&orders.files, its.get(), STDERR_FILENO);
  reset_signals(orders.attributes);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, arguments.front(), &orders.files, &orders.attributes, arguments.data(), environ);
  if (error != 0) {
    return fail(ErrorCode::unsupported, "{} was not started: {}; install it.", words.front(), errno_text(error));
  }
  return ChildProcess(pid, std::move(ours));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill();
  (void)wait();
}

bool ChildProcess::read_some(std::string& output, uint64_t time_ns) {
  pollfd watched{output_.get(), POLLIN, 0};
  const int ready = ::poll(&watched, 1, static_cast<int>(time_ns / kMillisecond));
  if (ready <= 0) return true;
  std::array<char, 4096> piece;
  const ssize_t count = ::read(output_.get(), piece.data(), piece.size());
  if (count > 0) output.append(piece.data(), static_cast<size_t>(count));
  return count > 0;
}

void ChildProcess::kill() { (void)::kill(pid_, SIGKILL); }

int ChildProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace laneway
