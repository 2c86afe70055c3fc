// laneway-test-target: the fake iSCSI target as a program. Prints "port N" when it serves, and ends with SIGTERM or
// SIGINT.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "target/tcp_server.h"

namespace {

using laneway::fake::Disk;
using laneway::fake::FakeTarget;
using laneway::fake::LunOptions;
using laneway::fake::TargetOptions;
using laneway::fake::TcpServer;

constexpr const char* kUsage =
    "usage: laneway-test-target [options]\n"
    "  --port N               TCP port on 127.0.0.1; 0 takes a free one (default)\n"
    "  --iqn NAME             name of the target\n"
    "  --ram BYTES[k|m|g]     a LUN of that size for benchmarks: filled, and commands are answered at once and in\n"
    "                         batches. Says at the end what it served and what that cost\n"
    "  --poll                 never sleeps\n"
    "  --lun-size BYTES[k|m|g]  a LUN of that size; repeat for more LUNs (default: one of 64m)\n"
    "  --block-size N         512 (default) or 4096, for the LUNs that follow\n"
    "  --read-only            for the LUNs that follow\n"
    "  --chap-user U --chap-secret S --mutual-user U --mutual-secret S\n"
    "  --chap-algorithms 7,6,5  those taken, the best first: 5 MD5, 6 SHA-1, 7 SHA-256\n"
    "  --demand-digests       refuses a login without header and data digests\n"
    "  --initial-r2t          takes no unsolicited data\n"
    "  --no-immediate-data\n"
    "  --latency-us N         time from a command to its effect\n"
    "  --window N             commands the initiator may have under way\n"
    "  --fault SPEC           KIND[:value=N,op=read|write|...,after=N,count=N,text=T], see fault.h and hostility.h;\n"
    "                         repeatable\n"
    "  --seed N\n";

struct Plan {
  TargetOptions target;
  TcpServer::Options server;
  std::vector<laneway::fake::Fault> faults;
  LunOptions next_lun;
  bool is_benchmark = false;
  bool has_own_luns = false;
};

constexpr size_t kFillBytes = 1 << 20;
constexpr uint32_t kBenchmarkWindow = 1024;  // more than an initiator asks for

TcpServer* g_server = nullptr;

void stop_serving(int) { g_server->stop(); }

uint64_t read_size(std::string_view text) {
  uint64_t factor = 1;
  if (text.ends_with('k')) factor = laneway::kKiB;
  if (text.ends_with('m')) factor = laneway::kMiB;
  if (text.ends_with('g')) factor = laneway::kGiB;
  return std::strtoull(std::string(text).c_str(), nullptr, 0) * factor;
}

void add_lun(Plan& plan, std::string_view size) {
  if (!plan.has_own_luns) plan.target.luns.clear();
  plan.has_own_luns = true;
  LunOptions lun = plan.next_lun;
  lun.number = plan.target.luns.size();
  lun.capacity_bytes = read_size(size);
  lun.serial = "FAKE" + std::to_string(lun.number + 1);
  lun.naa_low = lun.number + 1;
  plan.target.luns.push_back(lun);
}

void add_ram(Plan& plan, std::string_view size) {
  add_lun(plan, size);
  plan.target.luns.back().is_large_paged = true;
  plan.is_benchmark = plan.target.answers_at_once = true;
  plan.target.command_window = kBenchmarkWindow;
}

void set_algorithms(Plan& plan, std::string_view list) {
  plan.target.chap.algorithms.clear();
  for (const char digit : list) {
    if (digit != ',') plan.target.chap.algorithms.push_back(digit - '0');
  }
}

bool set_switch(Plan& plan, std::string_view option) {
  if (option == "--demand-digests") return plan.target.demands_digests = true;
  if (option == "--initial-r2t") return plan.target.initial_r2t = true;
  if (option == "--read-only") return plan.next_lun.is_read_only = true;
  if (option == "--poll") return plan.server.is_polling = true;
  if (option != "--no-immediate-data") return false;
  plan.target.immediate_data = false;
  return true;
}

bool add_fault(Plan& plan, std::string_view spec) {
  auto fault = laneway::fake::read_fault(spec);
  if (!fault) {
    std::fprintf(stderr, "laneway-test-target: %s\n", fault.error().message.c_str());
    return false;
  }
  plan.faults.push_back(*fault);
  return true;
}

bool set_value(Plan& plan, std::string_view option, const std::string& value) {
  const uint64_t number = std::strtoull(value.c_str(), nullptr, 0);
  if (option == "--port")
    plan.server.port = static_cast<uint16_t>(number);
  else if (option == "--iqn")
    plan.target.name = value;
  else if (option == "--lun-size")
    add_lun(plan, value);
  else if (option == "--ram")
    add_ram(plan, value);
  else if (option == "--block-size")
    plan.next_lun.block_bytes = static_cast<uint32_t>(number);
  else if (option == "--chap-user")
    plan.target.chap.user = value;
  else if (option == "--chap-secret")
    plan.target.chap.secret = value;
  else if (option == "--mutual-user")
    plan.target.chap.mutual_user = value;
  else if (option == "--mutual-secret")
    plan.target.chap.mutual_secret = value;
  else if (option == "--chap-algorithms")
    set_algorithms(plan, value);
  else if (option == "--latency-us")
    plan.target.latency_min_ns = number * laneway::kMicrosecond;
  else if (option == "--window")
    plan.target.command_window = static_cast<uint32_t>(number);
  else if (option == "--seed")
    plan.target.seed = number;
  else
    return option == "--fault" && add_fault(plan, value);
  return true;
}

bool read_arguments(const std::vector<std::string>& arguments, Plan& plan) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (set_switch(plan, arguments[i])) continue;
    if (i + 1 == arguments.size() || !set_value(plan, arguments[i], arguments[i + 1])) {
      std::fprintf(stderr, "laneway-test-target: '%s' is not understood\n%s", arguments[i].c_str(), kUsage);
      return false;
    }
    ++i;
  }
  return true;
}

// Every page has content of its own, as on a disk in use.
void fill(FakeTarget& target, uint64_t lun) {
  Disk& disk = target.lun(lun)->disk();
  std::vector<uint8_t> block(kFillBytes);
  for (uint64_t offset = 0; offset < disk.capacity_bytes(); offset += block.size()) {
    for (uint64_t at = 0; at < block.size(); at += sizeof(at)) {
      laneway::store_le<uint64_t>(block, at, (offset + at) * 0x9e3779b97f4a7c15);
    }
    disk.write(offset, laneway::ByteView(block).first(std::min<uint64_t>(block.size(), disk.capacity_bytes() - offset)),
               true);
  }
}

void tell_cost(const FakeTarget& target) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  const uint64_t commands = target.counters().commands;
  std::printf("served %llu reads and %llu writes; %.2f s of CPU in all, %.2f s per million commands\n",
              static_cast<unsigned long long>(target.counters().reads),
              static_cast<unsigned long long>(target.counters().writes), seconds,
              commands == 0 ? 0.0 : seconds * 1e6 / static_cast<double>(commands));
}

int serve(Plan& plan) {
  auto server = TcpServer::listen(plan.server);
  if (!server) {
    std::fprintf(stderr, "laneway-test-target: %s\n", server.error().message.c_str());
    return 1;
  }
  plan.target.portal = "127.0.0.1:" + std::to_string((*server)->port());
  FakeTarget target(plan.target);
  for (const auto& fault : plan.faults) target.script().add(fault);
  for (const LunOptions& lun : plan.target.luns) {
    if (lun.is_large_paged) fill(target, lun.number);
  }
  g_server = server->get();
  std::signal(SIGTERM, stop_serving);
  std::signal(SIGINT, stop_serving);
  std::printf("port %u\n", (*server)->port());
  std::fflush(stdout);
  (*server)->run(target);
  if (plan.is_benchmark) tell_cost(target);
  for (const std::string& violation : target.violations()) {
    std::fprintf(stderr, "the initiator broke the standard: %s\n", violation.c_str());
  }
  return target.violations().empty() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  Plan plan;
  plan.next_lun.capacity_bytes = 64 * laneway::kMiB;
  plan.target.luns = {plan.next_lun};
  if (!read_arguments(arguments, plan)) return 2;
  return serve(plan);
}
