#include "keeper/engine_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace laneway {

namespace {

constexpr int kCannotExecute = 127;

UniqueFd open_pidfd(pid_t pid) { return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// In the child, never to return.
[[noreturn]] void become(const EngineProgram& program, char* const* arguments, int error_output) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (error_output >= 0) (void)::dup2(error_output, STDERR_FILENO);
  if (program.executable) {
    (void)::syscall(SYS_execveat, program.executable.get(), "", arguments, environ, AT_EMPTY_PATH);
  }
  (void)::execvp(program.path.c_str(), arguments);
  std::fprintf(stderr, "laneway-keeper: %s cannot be started: %s\n", program.path.c_str(), std::strerror(errno));
  ::_exit(kCannotExecute);
}

}  // namespace

Result<std::unique_ptr<EngineProcess>> EngineProcess::start(const EngineProgram& program,
                                                            const std::vector<std::string>& arguments,
                                                            int error_output) {
  std::vector<char*> words = {const_cast<char*>(program.path.c_str())};
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorCode::no_space, "no process can be started: {}", errno_text(errno));
  if (pid == 0) become(program, words.data(), error_output);
  UniqueFd pidfd = open_pidfd(pid);
  if (!pidfd) {
    const int number = errno;
    ::kill(pid, SIGKILL);
    (void)::waitpid(pid, nullptr, 0);
    return fail(ErrorCode::unsupported, "no pidfd: {}; the keeper needs Linux 5.4 or newer", errno_text(number));
  }
  return std::unique_ptr<EngineProcess>(new EngineProcess(pid, std::move(pidfd), true));
}

Result<std::unique_ptr<EngineProcess>> EngineProcess::adopt(pid_t pid) {
  UniqueFd pidfd = open_pidfd(pid);
  if (!pidfd) return fail(ErrorCode::not_found, "process {} cannot be watched: {}", pid, errno_text(errno));
  return std::unique_ptr<EngineProcess>(new EngineProcess(pid, std::move(pidfd), false));
}

void EngineProcess::signal(int number) const {
  (void)::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

bool EngineProcess::has_ended() {
  if (has_ended_) return true;
  pollfd waiting{pidfd_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0) return false;
  has_ended_ = true;
  int status = 0;
  if (is_child_ && ::waitpid(pid_, &status, 0) == pid_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return true;
}

EngineProgram EngineProcess::program() const {
  const std::string link = fmt::format("/proc/{}/exe", pid_);
  std::error_code unknown;
  EngineProgram out;
  out.path = std::filesystem::read_symlink(link, unknown).string();
  out.executable = UniqueFd(::open(link.c_str(), O_RDONLY | O_CLOEXEC));
  return out;
}

}  // namespace laneway
