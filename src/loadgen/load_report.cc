#include "loadgen/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

namespace laneway {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const LatencyFigures& figures) {
  Json bars = Json::array();
  for (const auto& bar : figures.bars) bars.push_back({bar.end_ns, bar.count});
  return {{"count", figures.count},       {"mean_ns", figures.mean_ns}, {"p50_ns", figures.p50_ns},
          {"p90_ns", figures.p90_ns},     {"p99_ns", figures.p99_ns},   {"p999_ns", figures.p999_ns},
          {"p9999_ns", figures.p9999_ns}, {"max_ns", figures.max_ns},   {"histogram", std::move(bars)}};
}

const char* client_word(const LoadOptions& options) {
  if (options.is_idle) return "idle";
  return options.is_sleeping ? "sleeping" : "polling";
}

Json load_of(const LoadOptions& options, const LoadResult& result) {
  return {{"block_bytes", options.block_bytes},
          {"read_percent", options.read_percent},
          {"pattern", options.is_sequential ? "sequential" : "random"},
          {"depth", options.depth},
          {"queues", options.queues},
          {"queue_size", options.queue_size},
          {"descriptors", result.is_indirect ? "indirect" : "direct"},
          {"event_idx", result.has_event_idx},
          {"client", client_word(options)},
          {"threads", options.threads},
          {"cpus", options.cpus},
          {"rate_iops", options.rate_iops},
          {"verify", options.is_verifying},
          {"run_ns", options.run_ns},
          {"warm_up_ns", options.warm_up_ns}};
}

void add_latency(std::string& text, const char* title, const LatencyFigures& figures) {
  if (figures.count == 0) return;
  fmt::format_to(std::back_inserter(text), "{:<8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", title,
                 short_time(static_cast<double>(figures.mean_ns)), short_time(static_cast<double>(figures.p50_ns)),
                 short_time(static_cast<double>(figures.p90_ns)), short_time(static_cast<double>(figures.p99_ns)),
                 short_time(static_cast<double>(figures.p999_ns)), short_time(static_cast<double>(figures.p9999_ns)),
                 short_time(static_cast<double>(figures.max_ns)));
}

std::string load_text(const LoadOptions& options, const LoadResult& result) {
  if (options.is_idle) return fmt::format("none: {} disks attached and idle", result.disks.size());
  const std::string mix = options.read_percent == 100 ? "read"
                          : options.read_percent == 0 ? "write"
                                                      : fmt::format("{} % read", options.read_percent);
  return fmt::format("{} B {} {}, depth {}, {} queue{} a disk, {} client, {} descriptors{}", options.block_bytes,
                     options.is_sequential ? "sequential" : "random", mix, options.depth, options.queues,
                     options.queues == 1 ? "" : "s", options.is_sleeping ? "sleeping" : "polling",
                     result.is_indirect ? "indirect" : "direct", result.has_event_idx ? ", EVENT_IDX" : "");
}

std::string server_text(const LoadResult& result) {
  if (!result.has_server_time) return "Server CPU  unknown: its process cannot be seen (name it with --server-pid)\n";
  const double cores = result.server_cpu_seconds / result.seconds;
  const std::string& program = result.disks.front().server_program;
  if (result.requests() == 0) return fmt::format("Server CPU  {:.4f} cores ({})\n", cores, program);
  return fmt::format("Server CPU  {:.2f} cores, {:.2f} s per million I/Os ({})\n", cores,
                     result.per_million(result.server_cpu_seconds), program);
}

std::string result_text(const LoadResult& result) {
  return fmt::format("Result      {} IOPS, {:.1f} MiB/s over {:.1f} s\n", short_count(result.iops()),
                     result.bytes_per_second() / kMiB, result.seconds);
}

// The slowest disk speaks for all.
std::string attach_text(const LoadResult& result) {
  const auto slowest = std::max_element(result.disks.begin(), result.disks.end(),
                                        [](const auto& a, const auto& b) { return a.attach_ns < b.attach_ns; });
  std::string text = fmt::format("Attached    in {}, of it {} for the table of {:.0f} MiB of guest memory",
                                 short_time(static_cast<double>(slowest->attach_ns)),
                                 short_time(static_cast<double>(slowest->share_ns)),
                                 static_cast<double>(slowest->memory_bytes) / kMiB);
  if (slowest->has_inflight) text += "; in-flight region kept here";
  if (result.server_memory_bytes == 0) return text + "\n";
  return text + fmt::format("\nServer PSS  {:.1f} MiB\n", static_cast<double>(result.server_memory_bytes) / kMiB);
}

constexpr size_t kDisksNamedMax = 8;

std::span<const DiskResult> first_of(const std::vector<DiskResult>& disks) {
  return std::span(disks).first(std::min(disks.size(), kDisksNamedMax));
}

}  // namespace

std::string short_count(double count) {
  if (count >= 999'500) return fmt::format("{:.2f} M", count / 1e6);
  if (count >= 10'000) return fmt::format("{:.1f} k", count / 1e3);
  return fmt::format("{:.0f}", count);
}

std::string short_time(double duration_ns) {
  if (duration_ns < 1000) return fmt::format("{:.0f} ns", duration_ns);
  if (duration_ns < 1e6) return fmt::format("{:.1f} us", duration_ns / 1e3);
  if (duration_ns < 1e9) return fmt::format("{:.1f} ms", duration_ns / 1e6);
  return fmt::format("{:.1f} s", duration_ns / 1e9);
}

nlohmann::ordered_json to_json(const LoadOptions& options, const LoadResult& result) {
  Json disks = Json::array();
  for (const DiskResult& disk : result.disks) {
    disks.push_back({{"socket", disk.socket},
                     {"capacity_bytes", disk.capacity_bytes},
                     {"reads", disk.reads},
                     {"writes", disk.writes},
                     {"features", disk.features},
                     {"server_pid", disk.server_pid},
                     {"server_program", disk.server_program},
                     {"attach_ns", disk.attach_ns},
                     {"set_mem_table_ns", disk.share_ns},
                     {"guest_memory_bytes", disk.memory_bytes},
                     {"inflight_region", disk.has_inflight}});
  }
  Json json = {{"load", load_of(options, result)},
               {"seconds", result.seconds},
               {"iops", result.iops()},
               {"bytes_per_second", result.bytes_per_second()},
               {"reads", result.reads},
               {"writes", result.writes},
               {"errors", result.errors},
               {"late", result.late},
               {"verified_blocks", result.verified},
               {"corruptions", result.corruptions},
               {"first_problem", result.first_problem},
               {"client_cpu_seconds", result.client_cpu_seconds},
               {"client_cpu_seconds_per_million", result.per_million(result.client_cpu_seconds)},
               {"kicks", result.kicks},
               {"sleeps", result.sleeps},
               {"read_latency", to_json(result.read_latency)},
               {"write_latency", to_json(result.write_latency)},
               {"server_memory_bytes", result.server_memory_bytes},
               {"disks", std::move(disks)}};
  json["server_cpu_seconds"] = result.has_server_time ? Json(result.server_cpu_seconds) : Json();
  json["server_cpu_seconds_per_million"] =
      result.has_server_time ? Json(result.per_million(result.server_cpu_seconds)) : Json();
  return json;
}

std::string to_text(const LoadOptions& options, const LoadResult& result) {
  std::string text;
  for (const DiskResult& disk : first_of(result.disks)) {
    fmt::format_to(std::back_inserter(text), "Disk        {}, {:.1f} MiB, served by {} (pid {})\n", disk.socket,
                   static_cast<double>(disk.capacity_bytes) / kMiB,
                   disk.server_program.empty() ? "unknown" : disk.server_program, disk.server_pid);
  }
  text += attach_text(result) + "Load        " + load_text(options, result) + "\n";
  if (!options.is_idle) text += result_text(result);
  text += server_text(result);
  if (options.is_idle) return text;
  fmt::format_to(std::back_inserter(text), "Client CPU  {:.2f} cores, {} kicks, {} sleeps\n",
                 result.client_cpu_seconds / result.seconds, result.kicks, result.sleeps);
  if (result.rate_asked_iops > 0) {
    fmt::format_to(std::back_inserter(text),
                   "Fixed load  {} IOPS asked for; latency counts from when a request was due; {} "
                   "late at the end\n",
                   short_count(result.rate_asked_iops), result.late);
  }
  fmt::format_to(std::back_inserter(text), "\n{:<8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "Latency", "mean",
                 "p50", "p90", "p99", "p99.9", "p99.99", "max");
  add_latency(text, "read", result.read_latency);
  add_latency(text, "write", result.write_latency);
  if (options.is_verifying) {
    fmt::format_to(std::back_inserter(text), "\nVerified    {} blocks right, {} wrong\n", result.verified,
                   result.corruptions);
  }
  if (result.errors > 0) fmt::format_to(std::back_inserter(text), "Errors      {} requests failed\n", result.errors);
  if (!result.first_problem.empty()) text += "First       " + result.first_problem + "\n";
  return text;
}

}  // namespace laneway
