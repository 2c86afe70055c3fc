#include "terminal/secret.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <ostream>

#include "base/fd.h"

namespace laneway {

namespace {

volatile sig_atomic_t arrived_signal = 0;

// Waits for something to read with the given signals let in; at any other time those that end us are held back, so that
// none can come unseen just before the wait. False where one came.
bool wait_readable(int fd, const sigset_t& let_in) {
  pollfd wanted{fd, POLLIN, 0};
  while (arrived_signal == 0 && ::ppoll(&wanted, 1, nullptr, &let_in) < 0 && errno == EINTR) {
  }
  return arrived_signal == 0;
}

// Bytes up to the first line break, or everything; at most one more than a secret may have.
Result<std::string> read_first_line(int fd, const std::string& source, const sigset_t* let_in = nullptr) {
  std::string line;
  while (line.size() <= kSecretMaxBytes) {
    if (let_in != nullptr && !wait_readable(fd, *let_in)) {
      return fail(ErrorCode::io, "The secret cannot be read from {}: {}.", source, errno_text(EINTR));
    }
    char c = 0;
    const ssize_t count = ::read(fd, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::io, "The secret cannot be read from {}: {}.", source, errno_text(errno));
    if (count == 0 || c == '\n') break;
    line.push_back(c);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty())
    return fail(ErrorCode::invalid_argument, "The secret from {} is empty; put it in the first line.", source);
  if (line.size() > kSecretMaxBytes) {
    return fail(ErrorCode::invalid_argument, "The secret from {} is longer than {} bytes; use a shorter one.", source,
                kSecretMaxBytes);
  }
  return line;
}

// While it lives, a request to end only interrupts the reading; it takes its effect afterwards, when whatever was made
// later than this object, such as EchoOff, is undone.
class DelayedEnd {
 public:
  DelayedEnd() {
    sigset_t held;
    sigemptyset(&held);
    for (const int number : kSignals) sigaddset(&held, number);
    (void)::pthread_sigmask(SIG_BLOCK, &held, &let_in_);
    struct sigaction note {};
    note.sa_handler = [](int number) { arrived_signal = number; };
    for (size_t i = 0; i < kSignals.size(); ++i) (void)::sigaction(kSignals[i], &note, &before_[i]);
  }
  ~DelayedEnd() {
    for (size_t i = 0; i < kSignals.size(); ++i) (void)::sigaction(kSignals[i], &before_[i], nullptr);
    (void)::pthread_sigmask(SIG_SETMASK, &let_in_, nullptr);
    if (arrived_signal != 0) (void)::raise(arrived_signal);
  }
  DelayedEnd(const DelayedEnd&) = delete;
  DelayedEnd& operator=(const DelayedEnd&) = delete;
  const sigset_t& let_in() const { return let_in_; }

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
  sigset_t let_in_{};
};

// Turns the terminal's echo off for its lifetime.
class EchoOff {
 public:
  explicit EchoOff(int terminal) : terminal_(terminal) {
    is_changed_ = ::tcgetattr(terminal, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_changed_) is_changed_ = ::tcsetattr(terminal, TCSAFLUSH, &silent) == 0;
  }
  ~EchoOff() {
    if (is_changed_) (void)::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  bool is_silent() const { return is_changed_; }

 private:
  int terminal_;
  termios before_{};
  bool is_changed_ = false;
};

}  // namespace

Result<std::string> read_secret_file(const std::string& path, std::ostream& err) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return fail(ErrorCode::invalid_argument, "The secret file {} cannot be opened: {}; check its path and permissions.",
                path, errno_text(errno));
  }
  struct stat found {};
  if (::fstat(file.get(), &found) == 0 && S_ISREG(found.st_mode) && (found.st_mode & 077) != 0) {
    err << "laneway: warning: others than its owner may read the secret file " << path << "; chmod 600 it.\n";
  }
  return read_first_line(file.get(), path);
}

Result<std::string> prompt_for_secret(const std::string& prompt) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal) {
    return fail(ErrorCode::invalid_argument,
                "There is no terminal to ask for a secret; put it in a file and name that with --chap-secret-file.");
  }
  const DelayedEnd delayed_end;
  const EchoOff echo_off(terminal.get());
  if (!echo_off.is_silent()) {
    return fail(ErrorCode::io, "The terminal's echo cannot be turned off; put the secret in a file instead.");
  }
  if (::write(terminal.get(), prompt.data(), prompt.size()) < 0)
    return fail(ErrorCode::io, "The terminal cannot be used.");
  Result<std::string> secret = read_first_line(terminal.get(), "the terminal", &delayed_end.let_in());
  (void)!::write(terminal.get(), "\n", 1);
  return secret;
}

}  // namespace laneway
