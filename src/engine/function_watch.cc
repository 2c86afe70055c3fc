#include "engine/function_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace laneway {

namespace {

constexpr uint64_t kSlowTimesUsual = 8;
constexpr uint64_t kSlowLeastNs = kMillisecond;  // whatever is usual: less is scheduling
constexpr uint64_t kSamplesForUsual = 16;        // in a look; fewer say nothing about a percentile

std::string milliseconds(uint64_t duration_ns) {
  return fmt::format("{:.1f} ms", static_cast<double>(duration_ns) / static_cast<double>(kMillisecond));
}

std::string seconds(uint64_t duration_ns) { return fmt::format("{} s", (duration_ns + kSecond / 2) / kSecond); }

// What `now` has more than `before`, which becomes `now`.
void take_difference(const CoarseHistogram& now, CoarseHistogram& before, CoarseHistogram& difference) {
  difference.merge(now);
  difference.subtract(before);
  before.merge(difference);
}

}  // namespace

void FunctionWatch::look(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events) {
  look_at_limits(pulse, now_ns, events);
  look_at_paths(pulse, now_ns, events);
  look_at_health(pulse, now_ns, events);
  look_at_stages(pulse, now_ns, events);
  has_looked_ = true;
}

void FunctionWatch::look_at_limits(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events) {
  const Throttle::Counters before = std::exchange(throttle_, pulse.throttle);
  const bool holds = pulse.throttle.waiting > 0 || (has_looked_ && pulse.throttle.held != before.held);
  if (holds) held_at_ns_ = now_ns;
  if (holds && !is_limited_) {
    is_limited_ = true;
    limited_since_ns_ = now_ns;
    events.add(EventKind::limit_reached, now_ns, pulse.name,
               "its requests wait for its limits or its group's; see laneway vf limit and laneway vf explain");
    return;
  }
  if (!is_limited_ || now_ns - held_at_ns_ < kLimitPatienceNs) return;
  is_limited_ = false;
  events.add(
      EventKind::limit_left, now_ns, pulse.name,
      fmt::format("its limits hold nothing any more; they did for {}", seconds(held_at_ns_ - limited_since_ns_)));
}

void FunctionWatch::look_at_paths(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events) {
  for (const PathPulse& path : pulse.paths) look_at_path(pulse, path, now_ns, events);
  std::erase_if(paths_, [&](const auto& known) {
    return std::none_of(pulse.paths.begin(), pulse.paths.end(),
                        [&](const PathPulse& path) { return path.id == known.first; });
  });
}

void FunctionWatch::look_at_path(const FunctionPulse& pulse, const PathPulse& path, uint64_t now_ns, EventLog& events) {
  const auto [place, is_new] = paths_.try_emplace(path.id);
  PathMemory& known = place->second;
  if (is_new) known.losses = path.losses;
  const bool was_failed = std::exchange(known.is_failed, path.is_failed);
  // A session that was lost and is there again since the last look.
  const bool has_blinked = !was_failed && !path.is_failed && path.losses > known.losses;
  known.losses = std::max(known.losses, path.losses);
  if (path.is_out) return;
  if ((path.is_failed && !was_failed) || has_blinked) {
    events.add(EventKind::path_failed, now_ns, pulse.name,
               fmt::format("{} failed{}", path.place, path.error.empty() ? "" : ": " + path.error));
  }
  if ((was_failed && !path.is_failed) || has_blinked) {
    events.add(EventKind::path_returned, now_ns, pulse.name, fmt::format("{} works again", path.place));
  }
}

void FunctionWatch::look_at_health(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events) {
  const std::string before = std::exchange(health_reason_, pulse.health.reason);
  if (before == pulse.health.reason) return;
  if (pulse.health.reason.empty()) {
    return events.add(EventKind::disk_well, now_ns, pulse.name,
                      fmt::format("its disk is well again, no more {}", before));
  }
  events.add(EventKind::disk_impaired, now_ns, pulse.name,
             fmt::format("its disk is {}: {}; {}", health_state_name(pulse.health.state), pulse.health.reason,
                         pulse.health.remedy));
}

void FunctionWatch::look_at_stages(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events) {
  samples_ = pulse.samples;
  // Who asks for nothing waits for nothing.
  if (pulse.stages == nullptr) return look_at_target(pulse, 0, now_ns, events);
  CoarseHistogram target;
  CoarseHistogram total;
  take_difference(pulse.stages->of(IoStage::target), targets_, target);
  take_difference(pulse.stages->of(IoStage::total), totals_, total);
  if (total.count() >= kSamplesForUsual) {
    const uint64_t p99_ns = total.percentile_ns(990'000);
    usual_p99_ns_ = usual_p99_ns_ == 0 ? p99_ns : (7 * usual_p99_ns_ + p99_ns) / 8;
    slow_ns_ = std::min(limits_.slow_ns, std::max(kSlowTimesUsual * usual_p99_ns_, kSlowLeastNs));
  }
  look_at_target(pulse, target.percentile_ns(990'000), now_ns, events);
}

void FunctionWatch::look_at_target(const FunctionPulse& pulse, uint64_t p99_ns, uint64_t now_ns, EventLog& events) {
  if (!pulse.has_target) return;
  // It is well again only where it is clearly faster.
  const bool is_slow = p99_ns > (is_target_slow_ ? limits_.slow_target_ns / 4 * 3 : limits_.slow_target_ns);
  if (is_slow == is_target_slow_) {
    target_turned_ns_ = 0;
    return;
  }
  if (target_turned_ns_ == 0) target_turned_ns_ = now_ns;
  if (now_ns - target_turned_ns_ < kTargetPatienceNs) return;
  target_turned_ns_ = 0;
  is_target_slow_ = is_slow;
  if (!is_slow) return events.add(EventKind::target_well, now_ns, pulse.name, "its target is fast enough again");
  events.add(EventKind::target_slow, now_ns, pulse.name,
             fmt::format("its target is slow: for {} one request in a hundred has taken {} there, or longer",
                         seconds(kTargetPatienceNs), milliseconds(p99_ns)));
}

}  // namespace laneway
