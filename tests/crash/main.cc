// laneway-guest-load: a verified load inside a guest, that says what pauses it saw. tests/crash starts it.

#include <csignal>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>

#include "crash/disk_load.h"

namespace {

using laneway::crash::DiskLoad;

constexpr const char* kUsage =
    "usage: laneway-guest-load --disk PATH --log FILE [options]\n"
    "  Reads and writes stamped blocks until SIGTERM, then reads everything back. Exit code 0: every byte was right.\n"
    "  --seed N  --depth N  --block BYTES  --offset BYTES  --span BYTES  --read-percent N  --flush-every N (0: never)\n"
    "  --pause-ms N (shorter ones are not noted)  --limit-s N (a request older than that is lost)\n"
    "usage: laneway-guest-load --clock: says what time it is here\n";

volatile std::sig_atomic_t stop_requested = 0;

void request_stop(int) { stop_requested = 1; }

bool read_arguments(int count, char** words, DiskLoad::Options& options) {
  uint64_t depth = options.depth, read_percent = options.read_percent, flush_every = options.flush_every;
  uint64_t pause_ms = options.pause_ns / laneway::kMillisecond, limit_s = options.answer_limit_ns / laneway::kSecond;
  const std::map<std::string, uint64_t*> numbers = {{"--seed", &options.seed},
                                                    {"--depth", &depth},
                                                    {"--block", &options.block_bytes},
                                                    {"--offset", &options.offset_bytes},
                                                    {"--span", &options.span_bytes},
                                                    {"--read-percent", &read_percent},
                                                    {"--flush-every", &flush_every},
                                                    {"--pause-ms", &pause_ms},
                                                    {"--limit-s", &limit_s}};
  const std::map<std::string, std::string*> texts = {{"--disk", &options.disk}, {"--log", &options.log}};
  for (int i = 1; i + 1 < count; i += 2) {
    if (const auto number = numbers.find(words[i]); number != numbers.end()) {
      *number->second = std::strtoull(words[i + 1], nullptr, 10);
    } else if (const auto text = texts.find(words[i]); text != texts.end()) {
      *text->second = words[i + 1];
    } else {
      return false;
    }
  }
  options.depth = static_cast<uint32_t>(depth);
  options.read_percent = static_cast<uint32_t>(read_percent);
  options.flush_every = static_cast<uint32_t>(flush_every);
  options.pause_ns = pause_ms * laneway::kMillisecond;
  options.answer_limit_ns = limit_s * laneway::kSecond;
  const bool is_possible = depth > 0 && options.block_bytes % 512 == 0 && options.span_bytes >= options.block_bytes;
  return count % 2 == 1 && is_possible && options.block_bytes > 0 && !options.disk.empty() && !options.log.empty();
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string(words[1]) == "--clock") {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    fmt::print("{}.{:09}\n", now.tv_sec, now.tv_nsec);
    return 0;
  }
  DiskLoad::Options options;
  if (!read_arguments(count, words, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  struct sigaction action {};
  action.sa_handler = request_stop;
  ::sigaction(SIGTERM, &action, nullptr);

  auto load = DiskLoad::open(options);
  if (!load) {
    fmt::print("load: {}\n", load.error().message);
    return 1;
  }
  const auto totals = (*load)->run(stop_requested);
  if (!totals) {
    fmt::print("load: {}\n", totals.error().message);
    return 1;
  }
  fmt::print("load: {} reads, {} writes, {} flushes, {} blocks read back, all right\n", totals->reads, totals->writes,
             totals->flushes, totals->read_back);
  return 0;
}
