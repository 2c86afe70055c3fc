#include "keeper/options.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "rpc/default_paths.h"

namespace laneway {

namespace {

constexpr const char* kEngineName = "laneway-engine";

// The engine that was installed with this keeper, else one in PATH.
std::string engine_beside_us() {
  std::error_code unknown;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::string beside = (own.parent_path() / kEngineName).string();
  return !unknown && ::access(beside.c_str(), X_OK) == 0 ? beside : kEngineName;
}

std::string absolute_path(std::string_view path) {
  std::error_code unknown;
  const std::filesystem::path absolute = std::filesystem::absolute(path, unknown);
  return unknown ? std::string(path) : absolute.lexically_normal().string();
}

// The value of "--name VALUE" or "--name=VALUE" at `at`, which then is at the last word that was read.
std::optional<std::string_view> value_of(const std::vector<std::string_view>& words, size_t& at,
                                         std::string_view name) {
  const std::string_view word = words[at];
  if (word == name && at + 1 < words.size()) return words[++at];
  if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
    return word.substr(name.size() + 1);
  }
  return std::nullopt;
}

Result<LogLevel> log_level_of(std::string_view text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  return fail(ErrorCode::invalid_argument, "--log-level is '{}'; give debug, info, warning or error.", text);
}

Result<uint32_t> check_time_of(std::string_view text) {
  constexpr uint32_t kLongestS = 15;  // whoever asked for the upgrade waits for 20 s
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 1 && seconds <= kLongestS) return seconds;
  return fail(ErrorCode::invalid_argument, "--check-time is '{}'; give 1 to {} seconds.", text, kLongestS);
}

Result<void> apply(const std::vector<std::string_view>& words, size_t& at, KeeperOptions& options) {
  if (words[at] == "--help") {
    options.is_help_wanted = true;
  } else if (words[at] == "--version") {
    options.is_version_wanted = true;
  } else if (const auto run_dir = value_of(words, at, "--run-dir")) {
    options.run_dir = absolute_path(*run_dir);
  } else if (const auto level = value_of(words, at, "--log-level")) {
    Result<LogLevel> read = log_level_of(*level);
    if (!read) return pass_on(read);
    options.log_level = *read;
  } else if (const auto check_time = value_of(words, at, "--check-time")) {
    Result<uint32_t> read = check_time_of(*check_time);
    if (!read) return pass_on(read);
    options.check_time_s = *read;
  } else {
    return fail(ErrorCode::invalid_argument, "'{}' is no option; laneway-keeper --help lists them.", words[at]);
  }
  return {};
}

// Behind "--": the engine and its own options. Its run directory is ours, too, unless we were given one.
void take_engine(const std::vector<std::string_view>& words, size_t from, KeeperOptions& options) {
  for (size_t at = from; at < words.size(); ++at) {
    if (at == from && !words[at].starts_with("-")) {
      options.program = words[at];
      continue;
    }
    options.arguments.emplace_back(words[at]);
    size_t end = at;
    const auto run_dir = value_of(words, end, "--run-dir");
    if (run_dir && options.run_dir.empty()) options.run_dir = absolute_path(*run_dir);
  }
}

}  // namespace

Result<KeeperOptions> parse_keeper_options(int argc, const char* const* argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  KeeperOptions options;
  size_t at = 0;
  for (; at < words.size() && words[at] != "--"; ++at) {
    if (Result<void> applied = apply(words, at, options); !applied) return pass_on(applied);
  }
  if (at < words.size()) take_engine(words, at + 1, options);
  if (options.is_help_wanted || options.is_version_wanted) return options;
  if (options.program.empty()) options.program = engine_beside_us();
  if (options.run_dir.empty()) {
    Result<std::string> run_dir = default_run_dir();
    if (!run_dir) return pass_on(run_dir);
    options.run_dir = std::move(*run_dir);
  }
  return options;
}

const char* keeper_help() {
  return R"(laneway-keeper: starts the engine, holds what guests need of it while it restarts, and starts it again.

Usage: laneway-keeper [OPTIONS] [-- [PROGRAM] ENGINE-OPTIONS]

  --run-dir DIR          Holds the keeper's socket (default: the engine's own run directory)
  --check-time SECONDS   How long the program of an upgrade may take to say whether it could serve, and then to serve
                         (default: 10)
  --log-level LEVEL      debug, info, warning or error (default: info)
  --version, --help

PROGRAM is the engine (default: laneway-engine beside this program, else in PATH). SIGTERM and SIGINT stop both;
SIGTERM to the engine alone makes it start anew, and guests see a short pause.
)";
}

}  // namespace laneway
