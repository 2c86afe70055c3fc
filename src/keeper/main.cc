// laneway-keeper: starts the engine and keeps what guests need of it until the next one has it.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "keeper/keeper.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace {

// It holds the descriptors of every function.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int complain(const laneway::Error& error, int exit_code) {
  std::fprintf(stderr, "laneway-keeper: %s\n", error.message.c_str());
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const laneway::Result<laneway::KeeperOptions> options = laneway::parse_keeper_options(argc, argv);
  if (!options) return complain(options.error(), 2);
  if (options->is_help_wanted) return std::fputs(laneway::keeper_help(), stdout) < 0;
  if (options->is_version_wanted) return std::printf("laneway-keeper %s\n", LANEWAY_VERSION) < 0;
  laneway::set_log_level(options->log_level);
  ::signal(SIGPIPE, SIG_IGN);
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  raise_descriptor_limit();
  std::error_code unknown;
  std::filesystem::create_directories(options->run_dir, unknown);
  laneway::MonotonicClock clock;
  const auto keeper = laneway::Keeper::open(*options, clock);
  if (!keeper) return complain(keeper.error(), 1);
  return (*keeper)->run();
}
