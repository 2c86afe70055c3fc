#include "engine/options.h"

#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "engine/names.h"
#include "engine/reactor_pool.h"
#include "rpc/default_paths.h"

namespace laneway {

namespace {

enum Option : int {
  kStateDir = 1000,
  kRunDir,
  kRpcSocket,
  kKeeper,
  kReactors,
  kCpus,
  kSpin,
  kInitiatorName,
  kLogLevel,
  kDataDir,
  kTraceInterval,
  kSlow,
  kSlowTarget,
  kNoLockdown,
  kVersion,
  kHelp,
};

const option kLongOptions[] = {{"state-dir", required_argument, nullptr, kStateDir},
                               {"run-dir", required_argument, nullptr, kRunDir},
                               {"rpc-socket", required_argument, nullptr, kRpcSocket},
                               {"keeper", required_argument, nullptr, kKeeper},
                               {"reactors", required_argument, nullptr, kReactors},
                               {"cpus", required_argument, nullptr, kCpus},
                               {"spin-us", required_argument, nullptr, kSpin},
                               {"initiator-name", required_argument, nullptr, kInitiatorName},
                               {"log-level", required_argument, nullptr, kLogLevel},
                               {"data-dir", required_argument, nullptr, kDataDir},
                               {"trace-interval-us", required_argument, nullptr, kTraceInterval},
                               {"slow-ms", required_argument, nullptr, kSlow},
                               {"slow-target-ms", required_argument, nullptr, kSlowTarget},
                               {"no-lockdown", no_argument, nullptr, kNoLockdown},
                               {"version", no_argument, nullptr, kVersion},
                               {"help", no_argument, nullptr, kHelp},
                               {nullptr, 0, nullptr, 0}};

Result<uint64_t> number_of(std::string_view option, std::string_view text, uint64_t least, uint64_t most) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return number;
  return fail(ErrorCode::invalid_argument, "{} is '{}'; give a whole number from {} to {}.", option, text, least, most);
}

struct TimeRange {
  uint64_t least = 0;
  uint64_t most = 0;
  uint64_t unit_ns = 1;
};
Result<uint64_t> time_of(std::string_view option, std::string_view text, const TimeRange& range) {
  Result<uint64_t> number = number_of(option, text, range.least, range.most);
  if (number) *number *= range.unit_ns;
  return number;
}

// "0,2,4-7"
Result<std::vector<uint32_t>> cpus_of(std::string_view text) {
  std::vector<uint32_t> cpus;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const size_t dash = item.find('-');
    Result<uint64_t> first = number_of("--cpus", item.substr(0, dash), 0, 4095);
    if (!first) return pass_on(first);
    Result<uint64_t> last =
        dash == std::string_view::npos ? *first : number_of("--cpus", item.substr(dash + 1), *first, 4095);
    if (!last) return pass_on(last);
    for (uint64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<uint32_t>(cpu));
  }
  if (cpus.empty()) return fail(ErrorCode::invalid_argument, "--cpus is empty; give CPUs such as 0,2 or 0-3.");
  return cpus;
}

Result<LogLevel> log_level_of(std::string_view text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  return fail(ErrorCode::invalid_argument, "--log-level is '{}'; give debug, info, warning or error.", text);
}

// What is given as it is; `into` keeps its value on failure.
template <typename From, typename To>
Result<void> store(Result<From> value, To& into) {
  if (!value) return pass_on(value);
  into = static_cast<To>(std::move(*value));
  return {};
}

// Paths are told to front-ends, which may run in another folder.
std::string absolute_path(const char* path) {
  std::error_code unknown;
  const std::filesystem::path absolute = std::filesystem::absolute(path, unknown);
  return unknown ? path : absolute.lexically_normal().string();
}

Result<void> apply(int chosen, const char* value, EngineOptions& options) {
  switch (chosen) {
    case kStateDir:
      options.state_dir = absolute_path(value);
      return {};
    case kRunDir:
      options.run_dir = absolute_path(value);
      return {};
    case kRpcSocket:
      options.rpc_socket = absolute_path(value);
      return {};
    case kKeeper:
      options.keeper_socket = absolute_path(value);
      return {};
    case kReactors:
      return store(number_of("--reactors", value, 1, ReactorPool::kCountMax), options.reactors);
    case kCpus:
      return store(cpus_of(value), options.cpus);
    case kSpin:
      return store(time_of("--spin-us", value, {0, 1000 * 1000, kMicrosecond}), options.spin_ns);
    case kTraceInterval:
      return store(time_of("--trace-interval-us", value, {0, 60 * 1000 * 1000, kMicrosecond}),
                   options.trace.sample_interval_ns);
    case kSlow:
      return store(time_of("--slow-ms", value, {1, 600 * 1000, kMillisecond}), options.trace.slow_ns);
    case kSlowTarget:
      return store(time_of("--slow-target-ms", value, {1, 600 * 1000, kMillisecond}), options.slow_target_ns);
    case kInitiatorName:
      options.initiator_name = value;
      return check_iscsi_name(value);
    case kLogLevel:
      return store(log_level_of(value), options.log_level);
    case kDataDir:
      options.data_dirs.push_back(absolute_path(value));
      return {};
    case kNoLockdown:
      options.wants_lockdown = false;
      return {};
    case kVersion:
      options.is_version_wanted = true;
      return {};
    case kHelp:
      options.is_help_wanted = true;
      return {};
    default:
      return fail(ErrorCode::invalid_argument, "An option is not known; laneway-engine --help lists them.");
  }
}

Result<void> fill_in_defaults(EngineOptions& options, bool has_reactors) {
  if (!has_reactors && !options.cpus.empty()) options.reactors = static_cast<uint32_t>(options.cpus.size());
  if (options.state_dir.empty()) {
    if (Result<void> found = store(default_state_dir(), options.state_dir); !found) return found;
  }
  if (options.run_dir.empty()) {
    if (Result<void> found = store(default_run_dir(), options.run_dir); !found) return found;
  }
  if (options.rpc_socket.empty()) options.rpc_socket = rpc_socket_in(options.run_dir);
  return {};
}

}  // namespace

Result<EngineOptions> parse_engine_options(int argc, char** argv) {
  EngineOptions options;
  bool has_reactors = false;
  optind = 0;  // also where a test parses several times
  for (;;) {
    const int chosen = ::getopt_long(argc, argv, "", kLongOptions, nullptr);
    if (chosen == -1) break;
    has_reactors |= chosen == kReactors;
    if (Result<void> applied = apply(chosen, optarg, options); !applied) return pass_on(applied);
  }
  if (optind < argc) {
    return fail(ErrorCode::invalid_argument, "'{}' is no option; laneway-engine --help lists them.", argv[optind]);
  }
  if (options.is_help_wanted || options.is_version_wanted) return options;
  if (Result<void> filled = fill_in_defaults(options, has_reactors); !filled) return pass_on(filled);
  return options;
}

const char* engine_help() {
  return R"(laneway-engine: serves virtual functions to guests over vhost-user sockets.

Usage: laneway-engine [OPTIONS]

  --state-dir DIR        Keeps what must survive a restart (root: /var/lib/laneway, others: ~/.local/state/laneway)
  --run-dir DIR          Holds the sockets (root: /run/laneway, others: $XDG_RUNTIME_DIR/laneway)
  --rpc-socket PATH      Where the laneway command connects (default: RUN_DIR/engine.sock)
  --keeper PATH          The socket of the keeper that started this engine (laneway-keeper gives it)
  --reactors N           Threads that carry I/O (default: 1, or one a CPU of --cpus)
  --cpus LIST            CPUs to pin them to, such as 0,2 or 0-3 (default: not pinned)
  --spin-us N            Microseconds to poll at most after the last work (default: 20, 0 sleeps at once)
  --initiator-name IQN   Our iSCSI name (default: of /etc/iscsi/initiatorname.iscsi, else made once and kept)
  --log-level LEVEL      debug, info, warning or error (default: info)
  --data-dir DIR         Functions' files and sockets are below here only; may be repeated, devices are below /dev
                         (default: anywhere but in the system's own directories)
  --trace-interval-us N  Follows one request of each function and reactor in that time through its stages
                         (default: 1000; 0: only those that are slow)
  --slow-ms N            A request is slow, and kept for vf explain, from here on (default: 10)
  --slow-target-ms N     A target is told of that is slower for 10 s, at the 99th percentile (default: 20)
  --no-lockdown          Leaves the engine unconfined, for debugging (strace, gdb, core files)
  --version, --help

Prints "ready" when it serves. SIGTERM and SIGINT stop it; functions come back at the next start.
)";
}

}  // namespace laneway
