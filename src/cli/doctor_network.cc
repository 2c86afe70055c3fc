// A portal as the network shows it: is anybody there, how long is the way, do packets of the full size get through, and
// are some lost. By TCP connections and pings; nothing is sent to the target's iSCSI service.
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/clock.h"
#include "base/fd.h"
#include "base/units.h"
#include "cli/doctor.h"
#include "terminal/size_text.h"

namespace laneway {

namespace {

constexpr int kConnectLimitMs = 2000;
constexpr int kPingLimitMs = 500;
constexpr uint32_t kPings = 20;
constexpr int kPingPauseMs = 10;
constexpr size_t kHeaderBytes = 28;  // of IPv4 and ICMP
constexpr size_t kPingBytesMax = 65'000;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> look_up(const std::string& portal) {
  const size_t bracket = portal.rfind(']');
  const size_t colon = portal.find(':', bracket == std::string::npos ? 0 : bracket);
  std::string host = portal.substr(0, colon);
  const std::string port = colon == std::string::npos ? "3260" : portal.substr(colon + 1);
  if (bracket != std::string::npos) host = portal.substr(1, bracket - 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (failure != 0) return fail(ErrorCode::unreachable, "{} has no address ({})", host, ::gai_strerror(failure));
  return Addresses(list);
}

struct Reached {
  uint64_t time_ns = 0;
  int mtu = 0;
};

// How long a connection took to be accepted.
Result<Reached> reach(const addrinfo& address) {
  UniqueFd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail(ErrorCode::io, "no socket could be made ({})", errno_text(errno));
  MonotonicClock clock;
  const uint64_t begin_ns = clock.now_ns();
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS) {
    return fail(ErrorCode::unreachable, "{}", errno_text(errno));
  }
  pollfd waiting{socket.get(), POLLOUT, 0};
  if (::poll(&waiting, 1, kConnectLimitMs) == 0) {
    return fail(ErrorCode::timed_out, "no answer within {} s", kConnectLimitMs / 1000);
  }
  int error = 0;
  socklen_t length = sizeof(error);
  (void)::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return fail(ErrorCode::unreachable, "{}", errno_text(error));
  Reached reached{.time_ns = clock.now_ns() - begin_ns};
  length = sizeof(reached.mtu);
  if (address.ai_family == AF_INET) (void)::getsockopt(socket.get(), IPPROTO_IP, IP_MTU, &reached.mtu, &length);
  return reached;
}

// Pings without rights of root (net.ipv4.ping_group_range), never in fragments.
class Pinger {
 public:
  explicit Pinger(const addrinfo& address) : address_(address) {
    if (address.ai_family != AF_INET) return;
    socket_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
    const int never = IP_PMTUDISC_PROBE;
    if (socket_) (void)::setsockopt(socket_.get(), IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof(never));
  }
  bool may_ping() const { return static_cast<bool>(socket_); }

  // Whether one of that many bytes, with its headers, came back.
  bool ping(size_t packet_bytes) {
    std::vector<uint8_t> packet(std::max(packet_bytes, kHeaderBytes + 8) - 20, 0);
    packet[0] = ICMP_ECHO;
    packet[7] = static_cast<uint8_t>(++number_);
    if (::sendto(socket_.get(), packet.data(), packet.size(), 0, address_.ai_addr, address_.ai_addrlen) < 0)
      return false;
    std::vector<uint8_t> answer(packet.size() + 64);
    MonotonicClock clock;
    const uint64_t until_ns = clock.now_ns() + static_cast<uint64_t>(kPingLimitMs) * kMillisecond;
    while (clock.now_ns() < until_ns) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      const auto left_ms = static_cast<int>((until_ns - clock.now_ns()) / kMillisecond);
      if (::poll(&waiting, 1, std::max(left_ms, 1)) <= 0) return false;
      const ssize_t got = ::recv(socket_.get(), answer.data(), answer.size(), 0);
      if (got >= 8 && answer[0] == ICMP_ECHOREPLY && answer[7] == packet[7]) return true;
    }
    return false;
  }

 private:
  const addrinfo& address_;
  UniqueFd socket_;
  uint32_t number_ = 0;
};

Finding about_size(const std::string& subject, Pinger& pinger, int mtu) {
  const size_t full = std::min(static_cast<size_t>(mtu), kPingBytesMax);
  for (int tries = 0; tries < 3; ++tries) {
    if (pinger.ping(full))
      return {subject + ", packet size", Verdict::good, fmt::format("packets of {} bytes get through", full), ""};
  }
  return {
      subject + ", packet size", Verdict::broken,
      fmt::format("packets of {} bytes, the MTU of this host's way there, do not come back, small ones do", full),
      "set the same MTU on this host, on all switches between and on the array; ip link set DEV mtu 1500 always works"};
}

Finding about_loss(const std::string& subject, Pinger& pinger) {
  uint32_t lost = 0;
  for (uint32_t i = 0; i < kPings; ++i) {
    if (!pinger.ping(100)) ++lost;
    (void)::poll(nullptr, 0, kPingPauseMs);
  }
  if (lost == 0) return {subject + ", loss", Verdict::good, fmt::format("none of {} packets was lost", kPings), ""};
  return {subject + ", loss", Verdict::broken, fmt::format("{} of {} packets were lost", lost, kPings),
          "look for errors on cables and switch ports (ethtool -S DEV, ip -s link)"};
}

}  // namespace

Findings check_portal(const std::string& target, const std::string& portal) {
  const std::string subject = fmt::format("portal {} of {}", portal, target);
  const Result<Addresses> addresses = look_up(portal);
  if (!addresses) {
    return {{subject, Verdict::broken, addresses.error().message, "check the name, and /etc/resolv.conf"}};
  }
  const addrinfo& address = **addresses;
  const Result<Reached> reached = reach(address);
  if (!reached) {
    return {{subject, Verdict::broken, "it cannot be reached: " + reached.error().message,
             "see that the array is up, the way there (ip route get), and firewalls on it"}};
  }
  Findings findings = {{subject, Verdict::good, "it answers within " + duration_text(reached->time_ns), ""}};
  Pinger pinger(address);
  if (!pinger.may_ping() || reached->mtu == 0 || !pinger.ping(100)) {
    findings.push_back({subject + ", packet size", Verdict::note, "it answers no pings, so MTU and loss are not known",
                        "only to know more: let ICMP pass, and see net.ipv4.ping_group_range"});
    return findings;
  }
  findings.push_back(about_size(subject, pinger, reached->mtu));
  findings.push_back(about_loss(subject, pinger));
  return findings;
}

}  // namespace laneway
