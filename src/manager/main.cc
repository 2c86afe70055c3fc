// lanewayd: serves the control plane until a signal stops it, or backs up or restores its store.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/clock.h"
#include "base/service_manager.h"
#include "base/watchdog.h"
#include "manager/daemon.h"
#include "store/store_backup.h"

namespace {

constexpr unsigned kEndSeconds = 8;  // more than the server gives its clients

// Blocked before the first thread starts, so that only main's thread takes them.
sigset_t block_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int complain(const laneway::Error& error, int exit_code) {
  std::fprintf(stderr, "lanewayd: %s\n", error.message.c_str());
  return exit_code;
}

void tell(laneway::ServiceManager* manager, const char* message) {
  if (manager != nullptr) (void)manager->tell(message, -1);
}

// Beside a lanewayd that serves: SQLite's readers do not mind its writer.
int back_up(const laneway::DaemonOptions& options) {
  auto source = laneway::SqliteConnection::open(options.store_path(), laneway::SqliteConnection::Access::read_only);
  if (!source) return complain(source.error(), 1);
  const laneway::Result<void> written = laneway::write_backup(*source, options.backup_file);
  return written ? 0 : complain(written.error(), 1);
}

int restore(const laneway::DaemonOptions& options) {
  const laneway::Result<void> restored = laneway::restore_store(options.store_path(), options.restore_file);
  return restored ? 0 : complain(restored.error(), 1);
}

// The next of the signals; 0 where none came by then.
int await_signal(const sigset_t& signals, uint64_t until_ns) {
  if (until_ns == laneway::kNever) return ::sigwaitinfo(&signals, nullptr);
  const uint64_t now_ns = laneway::MonotonicClock().now_ns();
  const uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
  const timespec left{static_cast<time_t>(left_ns / laneway::kSecond), static_cast<long>(left_ns % laneway::kSecond)};
  return std::max(::sigtimedwait(&signals, nullptr, &left), 0);
}

// Until a signal says to stop; SIGHUP: the certificate's files were replaced. The service manager is told that all is
// well only where a client gets an answer.
void serve(laneway::Daemon& daemon, const sigset_t& signals, laneway::ServiceManager* manager) {
  laneway::Watchdog watchdog = laneway::Watchdog::of_environment();
  for (;;) {
    const int number = await_signal(signals, manager != nullptr ? watchdog.due_ns() : laneway::kNever);
    if (number == SIGTERM || number == SIGINT) return;
    if (number == SIGHUP) {
      const laneway::Result<void> reloaded = daemon.reload_certificate();
      if (!reloaded) laneway::log_warning("The former certificate stays: {}", reloaded.error().message);
    } else if (number == 0 && daemon.answers()) {
      watchdog.tell_if_due(*manager, laneway::MonotonicClock().now_ns());
    } else if (number == 0) {
      watchdog.postpone(laneway::MonotonicClock().now_ns());
    }
  }
}

// A call to the engine may wait for an array that does not answer. Nothing is lost where it is not waited for.
void end_soon() {
  ::signal(SIGALRM, [](int) { ::_exit(0); });
  (void)::alarm(kEndSeconds);
}

}  // namespace

int main(int argc, char** argv) {
  const laneway::Result<laneway::DaemonOptions> options = laneway::parse_daemon_options(argc, argv);
  if (!options) return complain(options.error(), 2);
  if (!options->help.empty()) return std::fputs(options->help.c_str(), stdout) < 0;
  laneway::set_log_level(options->log_level);
  ::signal(SIGPIPE, SIG_IGN);
  if (!options->backup_file.empty()) return back_up(*options);
  if (!options->restore_file.empty()) return restore(*options);
  const sigset_t signals = block_signals();
  const auto manager = laneway::service_manager_of_environment();
  const auto daemon = laneway::Daemon::start(*options);
  if (!daemon) return complain(daemon.error(), 1);
  tell(manager.get(), "READY=1");
  if (!options->listen.empty()) std::printf("https port %u\n", (*daemon)->https_port());
  std::puts("ready");
  std::fflush(stdout);
  serve(**daemon, signals, manager.get());
  tell(manager.get(), "STOPPING=1");
  end_soon();
  laneway::log_info("Stopping; the engine serves on");
  return 0;
}
