#include "qos/pace_set.h"

#include <algorithm>

namespace laneway {

namespace {

bool concerns_reads(QosRate rate) { return rate != QosRate::write_iops && rate != QosRate::write_bytes; }
bool concerns_writes(QosRate rate) { return rate != QosRate::read_iops && rate != QosRate::read_bytes; }

}  // namespace

PaceSet::PaceSet(const QosLimits& limits) {
  for (size_t i = 0; i < kQosRates; ++i) {
    const auto rate = static_cast<QosRate>(i);
    if (limits.max[i] == 0) continue;
    paces_[2 * i].set(limits.max[i], limits.burst[i]);
    add(rate, paces_[2 * i]);
    splits_directions_ |= !(concerns_reads(rate) && concerns_writes(rate));
    if (limits.burst[i] == 0 || limits.burst_duration_ms == 0) continue;
    const uint64_t beyond = std::max<uint64_t>(1, limits.burst[i] * 1000 / limits.burst_duration_ms);
    paces_[2 * i + 1].set(limits.max[i] + beyond, 0);
    add(rate, paces_[2 * i + 1]);
  }
}

void PaceSet::add(QosRate rate, Pace& pace) {
  const Concern concern{&pace, counts_bytes(rate), rate};
  if (concerns_reads(rate)) reads_.list[reads_.count++] = concern;
  if (concerns_writes(rate)) writes_.list[writes_.count++] = concern;
}

void PaceSet::continue_from(const PaceSet& before, uint64_t now_ns) {
  for (size_t i = 0; i < kPaces; ++i) {
    if (paces_[i].is_set()) paces_[i].continue_from(before.paces_[i], now_ns);
  }
}

PaceSet::Place PaceSet::reserve(uint64_t now_ns, const QosCharge& charge, uint64_t lead_max_ns) {
  Place place;
  for (const Concern& concern : concerns_of(charge)) {
    const uint64_t amount = concern.is_by_bytes ? charge.bytes : 1;
    const uint64_t start_ns = concern.pace->reserve(now_ns, amount, lead_max_ns);
    if (start_ns > place.start_ns) place = {start_ns, concern.rate};
  }
  return place;
}

void PaceSet::give_back(const QosCharge& charge) {
  for (const Concern& concern : concerns_of(charge)) concern.pace->give_back(concern.is_by_bytes ? charge.bytes : 1);
}

void PaceSet::note(uint64_t now_ns, const QosCharge& charge) {
  for (const Concern& concern : concerns_of(charge)) {
    concern.pace->note(now_ns, concern.is_by_bytes ? charge.bytes : 1);
  }
}

uint64_t PaceSet::next_ns(uint64_t now_ns, const QosCharge& charge) const {
  uint64_t next_ns = 0;
  for (const Concern& concern : concerns_of(charge)) next_ns = std::max(next_ns, concern.pace->next_ns(now_ns));
  return next_ns;
}

}  // namespace laneway
