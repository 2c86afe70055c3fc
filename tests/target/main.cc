// laneway-test-target: the fake iSCSI target as a program. Prints "port N" when it serves, and ends with SIGTERM or
// SIGINT.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "target/tcp_server.h"

namespace {

using laneway::fake::FakeTarget;
using laneway::fake::LunOptions;
using laneway::fake::TargetOptions;
using laneway::fake::TcpServer;

constexpr const char* kUsage =
    "usage: laneway-test-target [options]\n"
    "  --port N               TCP port on 127.0.0.1; 0 takes a free one (default)\n"
    "  --iqn NAME             name of the target\n"
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
    "  --fault SPEC           KIND[:value=N,op=read|write|...,after=N,count=N,text=T], see fault.h; repeatable\n"
    "  --seed N\n";

struct Plan {
  TargetOptions target;
  TcpServer::Options server;
  std::vector<laneway::fake::Fault> faults;
  LunOptions next_lun;
  bool has_own_luns = false;
};

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

int serve(Plan& plan) {
  auto server = TcpServer::listen(plan.server);
  if (!server) {
    std::fprintf(stderr, "laneway-test-target: %s\n", server.error().message.c_str());
    return 1;
  }
  plan.target.portal = "127.0.0.1:" + std::to_string((*server)->port());
  FakeTarget target(plan.target);
  for (const auto& fault : plan.faults) target.script().add(fault);
  g_server = server->get();
  std::signal(SIGTERM, stop_serving);
  std::signal(SIGINT, stop_serving);
  std::printf("port %u\n", (*server)->port());
  std::fflush(stdout);
  (*server)->run(target);
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
