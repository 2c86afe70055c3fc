// laneway-bench-probe: the machine's own limits, as JSON, for bench/run.py.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "bench/probe/memory_probe.h"
#include "bench/probe/tcp_probe.h"

namespace {

using laneway::probe::CopyFigures;
using laneway::probe::TcpFigures;
using laneway::probe::TcpOptions;

constexpr const char* kUsage =
    "usage: laneway-bench-probe copy|wake|tcp [options]\n"
    "  copy   blocks copied from random places of 256 MiB     wake   a thread wakes another and is woken back\n"
    "  tcp    batched requests and answers over one loopback connection\n"
    "  --cpus A,B      where the initiator (or the copying thread) and the other one run (default 0,1)\n"
    "  --seconds S     default 1        --payload BYTES  default 4096\n"
    "  --depth N       tcp: requests under way, copy: buffers in turn; default 32\n"
    "  --write         tcp: payload with the request\n"
    "  --polled        tcp: nobody sleeps in a receive\n";

struct Plan {
  std::string kind;
  TcpOptions tcp;
  double seconds = 1;
};

bool read_value(Plan& plan, std::string_view option, const std::string& value) {
  if (option == "--cpus") {
    const size_t comma = value.find(',');
    if (comma == std::string::npos) return false;
    plan.tcp.initiator_cpu = std::atoi(value.c_str());
    plan.tcp.target_cpu = std::atoi(value.c_str() + comma + 1);
  } else if (option == "--seconds") {
    plan.seconds = std::atof(value.c_str());
  } else if (option == "--depth") {
    plan.tcp.depth = static_cast<uint32_t>(std::atoi(value.c_str()));
  } else if (option == "--payload") {
    plan.tcp.payload_bytes = static_cast<uint32_t>(std::atoi(value.c_str()));
  } else {
    return false;
  }
  return true;
}

bool read_arguments(const std::vector<std::string>& arguments, Plan& plan) {
  if (arguments.empty()) return false;
  plan.kind = arguments[0];
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--write") {
      plan.tcp.is_write = true;
    } else if (arguments[i] == "--polled") {
      plan.tcp.is_polling = true;
    } else if (i + 1 == arguments.size() || !read_value(plan, arguments[i], arguments[i + 1])) {
      return false;
    } else {
      ++i;
    }
  }
  plan.tcp.run_ns = static_cast<uint64_t>(plan.seconds * 1e9);
  return plan.tcp.depth > 0 && plan.tcp.depth <= 4096 && plan.tcp.payload_bytes <= 4 * laneway::kMiB &&
         plan.seconds > 0;
}

int failed(const laneway::Error& error) {
  std::fprintf(stderr, "laneway-bench-probe: %s\n", error.message.c_str());
  return 1;
}

int run_copy(const Plan& plan) {
  const auto figures =
      laneway::probe::measure_copies(plan.tcp.initiator_cpu, plan.tcp.payload_bytes, plan.tcp.depth, plan.tcp.run_ns);
  if (!figures) return failed(figures.error());
  std::printf("{\"copies_per_second\": %.0f, \"gib_per_second\": %.2f}\n", figures->copies_per_second,
              figures->gib_per_second);
  return 0;
}

int run_wake(const Plan& plan) {
  const auto round_trip_ns =
      laneway::probe::measure_wake_ups(plan.tcp.initiator_cpu, plan.tcp.target_cpu, plan.tcp.run_ns);
  if (!round_trip_ns) return failed(round_trip_ns.error());
  std::printf("{\"round_trip_p50_ns\": %llu}\n", static_cast<unsigned long long>(*round_trip_ns));
  return 0;
}

int run_tcp(const Plan& plan) {
  const auto figures = laneway::probe::measure_tcp(plan.tcp);
  if (!figures) return failed(figures.error());
  std::printf(
      "{\"iops\": %.0f, \"p50_ns\": %llu, \"initiator_cpu_seconds_per_million\": %.3f, "
      "\"target_cpu_seconds_per_million\": %.3f}\n",
      figures->iops, static_cast<unsigned long long>(figures->p50_ns), figures->initiator_cpu_seconds_per_million,
      figures->target_cpu_seconds_per_million);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  if (!read_arguments({argv + 1, argv + argc}, plan)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (plan.kind == "copy") return run_copy(plan);
  if (plan.kind == "wake") return run_wake(plan);
  if (plan.kind == "tcp") return run_tcp(plan);
  std::fputs(kUsage, stderr);
  return 2;
}
