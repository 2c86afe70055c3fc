// laneway-engine: starts the engine and waits for a signal to stop it.
#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "engine/engine.h"
#include "lockdown/privileges.h"

namespace {

// As many descriptors as the system lets this user have: a function takes a handful for each of its rings.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// One heap for all threads: each thread that answers RPCs would otherwise keep a heap of its own, with the garbage of
// every answer in it. What is allocated often is not allocated by reactors.
void share_one_heap() { (void)::mallopt(M_ARENA_MAX, 1); }

// Blocked before the first thread starts, so that only main's thread takes them.
sigset_t block_stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int complain(const laneway::Error& error, int exit_code) {
  std::fprintf(stderr, "laneway-engine: %s\n", error.message.c_str());
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const laneway::Result<laneway::EngineOptions> options = laneway::parse_engine_options(argc, argv);
  if (!options) return complain(options.error(), 2);
  if (options->is_help_wanted) return std::fputs(laneway::engine_help(), stdout) < 0;
  if (options->is_version_wanted) return std::printf("laneway-engine %s\n", laneway::engine_version()) < 0;

  laneway::set_log_level(options->log_level);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of the write, not the end of the engine
  laneway::refuse_new_privileges();
  share_one_heap();
  raise_descriptor_limit();
  const sigset_t stop_signals = block_stop_signals();
  const auto engine = laneway::Engine::start(*options);
  if (!engine) return complain(engine.error(), 1);
  std::puts("ready");
  std::fflush(stdout);

  int stopped_by = 0;
  ::sigwait(&stop_signals, &stopped_by);
  laneway::log_info("Stopping; functions come back at the next start");
  if (!(*engine)->hand_over()) return 0;
  // A successor waits: what targets have not answered yet is no reason to let guests wait as well.
  std::fflush(nullptr);
  std::_Exit(0);
}
