#include "sim/path_breaker.h"

#include <algorithm>

#include "sim/sim_engine.h"

namespace laneway::sim {

namespace {

// A silent connection is noticed after 2 s, and a lost session tried again after 2 s at most.
constexpr uint64_t kRecoveryNs = 6 * kSecond;
constexpr uint64_t kFirstLoginsNs = 500 * kMillisecond;
constexpr uint8_t kStandby = 2;
constexpr uint8_t kUnavailable = 3;

}  // namespace

PathBreaker::PathBreaker(const Scenario& scenario, SimNetwork& network, fake::FakeTarget& target)
    : scenario_(scenario), network_(network), target_(target), random_(scenario.seed ^ 0xff51afd7ed558ccd) {}

uint16_t PathBreaker::port() const { return static_cast<uint16_t>(kTargetPort + portal_); }

void PathBreaker::start(uint64_t now_ns) {
  next_ns_ = now_ns + kFirstLoginsNs + random_.below(scenario_.harm_pause_max_ns);
}

void PathBreaker::stop() {
  next_ns_ = kNever;
  heal();
}

void PathBreaker::heal() {
  is_harmed_ = false;
  network_.set_reachable(port(), true);
  if (scenario_.target.has_port_groups) target_.set_port_state(static_cast<uint16_t>(1 + portal_), 0);
}

void PathBreaker::act(uint64_t now_ns) {
  if (now_ns < next_ns_) return;
  if (!is_harmed_) return harm(now_ns);
  heal();
  well_ns_ = now_ns + kRecoveryNs;
  next_ns_ = now_ns + random_.below(scenario_.harm_pause_max_ns);
}

void PathBreaker::harm(uint64_t now_ns) {
  // The same one as often as it likes.
  if (now_ns >= well_ns_) portal_ = static_cast<uint32_t>(random_.below(scenario_.portals));
  auto kind = static_cast<Harm>(random_.below(scenario_.target.has_port_groups ? 6 : 5));
  // Which portal's connection that breaks is the requests' choice.
  if (kind == Harm::late_write && now_ns < well_ns_) kind = Harm::reset;
  ++harms_;
  strike(kind);
  is_harmed_ = true;
  next_ns_ = now_ns + random_.below(random_.one_in(4) ? 20 * kSecond : kSecond);
  if (kind == Harm::late_write) next_ns_ = now_ns + kRecoveryNs;
}

void PathBreaker::strike(Harm kind) {
  switch (kind) {
    case Harm::reset:
      return network_.reset(port());
    case Harm::silence:
      return network_.swallow(port());
    case Harm::refusal:  // once they are silent
      network_.set_reachable(port(), false);
      return network_.swallow(port());
    case Harm::vanishing:
      network_.set_reachable(port(), false);
      return network_.reset(port());
    case Harm::late_write:
      return target_.script().add(fake::read_fault("late-write:value=50ms").value());
    case Harm::not_reached: {
      const uint8_t state = random_.one_in(2) ? kStandby : kUnavailable;
      return target_.set_port_state(static_cast<uint16_t>(1 + portal_), state);
    }
  }
}

}  // namespace laneway::sim
