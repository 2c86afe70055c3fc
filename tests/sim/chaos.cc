#include "sim/chaos.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace laneway::sim {

namespace {

constexpr size_t kKinds = 12;
constexpr size_t kScriptedMax = 6;

std::array<double, kKinds> rates_of(const Troubles& t) {
  return {t.resets,         t.drops, t.swallows, t.stalls,     t.outages, t.power_cuts,
          t.window_changes, t.pings, t.asyncs,   t.attentions, t.resizes, t.scripted};
}

}  // namespace

Chaos::Chaos(const Scenario& scenario, SimNetwork& network, fake::FakeTarget& target, DiskModel& model, Random& random)
    : scenario_(scenario), network_(network), target_(target), model_(model), random_(random) {
  for (const double rate : rates_of(scenario.troubles)) total_rate_ += rate;
}

void Chaos::start(uint64_t now_ns) { plan_next(now_ns); }

void Chaos::plan_next(uint64_t now_ns) {
  if (total_rate_ <= 0) return;
  // Exponential waiting times: -ln(u) / rate.
  const double uniform = (static_cast<double>(random_.below(1000000)) + 1) / 1000001.0;
  next_ns_ = now_ns + static_cast<uint64_t>(-std::log(uniform) / total_rate_ * static_cast<double>(kSecond));
}

void Chaos::stop() {
  next_ns_ = kNever;
  target_.script().clear();
  heal();
}

void Chaos::heal() {
  heal_ns_ = kNever;
  network_.set_reachable(true);
  network_.set_connects_hang(false);
  target_.set_silent(false);
  target_.set_command_window(scenario_.target.command_window);
}

void Chaos::act(uint64_t now_ns) {
  if (heal_ns_ <= now_ns) heal();
  if (next_ns_ > now_ns) return;
  ++events_;
  strike(now_ns);
  plan_next(now_ns);
}

void Chaos::strike(uint64_t now_ns) {
  const std::array<double, kKinds> rates = rates_of(scenario_.troubles);
  double dice = total_rate_ * static_cast<double>(random_.below(1000000)) / 1000000.0;
  size_t choice = 0;
  while (choice + 1 < kKinds && dice >= rates[choice]) dice -= rates[choice++];
  if (choice <= 4) {
    strike_network(choice, now_ns);
  } else {
    strike_target(choice, now_ns);
  }
}

void Chaos::strike_network(uint64_t choice, uint64_t now_ns) {
  const uint64_t while_ns = random_.below(random_.one_in(5) ? 20 * kSecond : kSecond);
  switch (choice) {
    case 0:
      return network_.reset_all();
    case 1:
      return target_.drop_connections();
    case 2:
      return network_.swallow_all();
    case 3:
      return network_.stall(now_ns + while_ns);
    default:
      break;
  }
  heal_ns_ = now_ns + while_ns;
  if (random_.one_in(3)) return target_.set_silent(true);
  if (random_.one_in(2)) network_.reset_all();
  if (random_.one_in(2)) return network_.set_reachable(false);
  network_.set_connects_hang(true);
}

void Chaos::strike_target(uint64_t choice, uint64_t now_ns) {
  switch (choice) {
    case 5:
      target_.cut_power();
      model_.cut_power();
      ++power_cuts_;
      return;
    case 6:
      heal_ns_ = now_ns + random_.below(kSecond);
      return target_.set_command_window(static_cast<uint32_t>(random_.below(8)));
    case 7:
      return target_.ping();
    case 8:
      return target_.send_async(static_cast<uint8_t>(1 + random_.below(3)), 0, 0,
                                static_cast<uint16_t>(random_.below(2)));
    case 9:
      return target_.raise_attention(0, 0x3f, 0x03);  // inquiry data changed
    case 10: {
      const uint64_t sectors = std::min(model_.sectors() + 8 * random_.below(16), 2 * scenario_.disk_sectors);
      model_.resize(sectors);
      return target_.resize_lun(0, sectors * DiskModel::kSectorBytes);
    }
    default:
      return script_fault();
  }
}

// Faults that an initiator has to get over without an error.
void Chaos::script_fault() {
  if (target_.script().size() >= kScriptedMax) return;  // else no login would ever succeed
  constexpr std::array kSpecs = {"drop",
                                 "drop:op=write",
                                 "reject:value=4",
                                 "status:value=8",
                                 "status:value=0x28",
                                 "unit-attention:value=0x2a01",
                                 "delay:value=20ms",
                                 "delay:value=400ms,op=write",
                                 "late-write:value=1ms",
                                 "late-write:value=300ms",
                                 "late-write:value=3s",
                                 "bad-header-digest",
                                 "bad-payload-digest",
                                 "wrong-tag",
                                 "wrong-offset",
                                 "oversized",
                                 "split:value=600",
                                 "drop-in:value=3000",
                                 "drop-out:value=3000",
                                 "refuse",
                                 "login-refuse:value=0x0301",
                                 "login-silent",
                                 "silent",
                                 "silent-fence",
                                 "refuse-fence:value=255",
                                 "mute-nop",
                                 "sense:value=0x020401",
                                 "sense:value=0x0b0000"};
  fake::Fault fault = fake::read_fault(kSpecs[random_.below(kSpecs.size())]).value();
  fault.after = static_cast<uint32_t>(random_.below(4));
  if (fault.kind == fake::FaultKind::split) fault.count = 20;
  target_.script().add(fault);
}

}  // namespace laneway::sim
