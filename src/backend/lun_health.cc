#include "backend/lun_health.h"

#include <algorithm>

namespace laneway {

namespace {

struct Words {
  std::string_view name;
  HealthState state;
  std::string_view fact;
  std::string_view consequence;
  std::string_view remedy;
};

constexpr std::array<Words, kLunConditions> kWords = {{
    {"replaced", HealthState::blocked, "is another disk now", "it is not used, requests fail",
     "map the right disk to the LUN; it is looked for every few seconds"},
    {"gone", HealthState::blocked, "is not shown by the target any more", "requests wait until their deadline",
     "map it to this host again, or delete the function"},
    {"not_ready", HealthState::blocked, "is not ready", "requests wait until their deadline",
     "bring the volume online on the array"},
    {"out_of_space", HealthState::degraded, "has no space left in its pool", "writes wait until their deadline",
     "add space to the pool, or discard data in its guests"},
    {"write_protected", HealthState::degraded, "is write-protected", "writes fail at once",
     "allow writes on the array, or make the function with --read-only"},
    {"reserved", HealthState::degraded, "is reserved by another initiator",
     "the requests that it excludes fail at once",
     "find who holds the reservation, and release it there or on the array"},
    {"space_low", HealthState::degraded, "is short of space in its pool", "nothing yet; when it is full writes wait",
     "add space to the pool; the mark goes with the next session or vf resize"},
}};

const Words& words_of(LunCondition condition) { return kWords[static_cast<size_t>(condition)]; }

}  // namespace

std::string_view lun_condition_name(LunCondition condition) { return words_of(condition).name; }

void LunHealth::raise(LunCondition condition, uint64_t now_ns) {
  const auto index = static_cast<size_t>(condition);
  uint64_t held_back = 0;
  const bool is_told = record_.with([&](Record& record) {
    if (record.holds[index]) return false;
    record.holds[index] = true;
    ++record.times[index];
    is_marked_.store(true, std::memory_order_relaxed);
    return record.gate.admit(now_ns, held_back);
  });
  if (!is_told) return;
  const Words& words = words_of(condition);
  const auto level = words.state == HealthState::blocked ? LogLevel::error : LogLevel::warning;
  log_line(level, fmt::format("{} {} ({}): {}; {}", subject_, words.fact, words.name, words.consequence, words.remedy));
}

void LunHealth::clear(LunCondition condition, uint64_t now_ns) {
  const auto index = static_cast<size_t>(condition);
  uint64_t held_back = 0;
  const bool is_told = record_.with([&](Record& record) {
    if (!record.holds[index]) return false;
    record.holds[index] = false;
    const bool is_any = std::any_of(record.holds.begin(), record.holds.end(), [](bool holds) { return holds; });
    is_marked_.store(is_any, std::memory_order_relaxed);
    return record.gate.admit(now_ns, held_back);
  });
  if (is_told) log_info("{}: {} is over; requests are carried out again", subject_, words_of(condition).name);
}

void LunHealth::failed(const scsi::Verdict& verdict, uint64_t now_ns) {
  if (verdict.is_gone) raise(LunCondition::gone, now_ns);
  if (verdict.is_not_ready) raise(LunCondition::not_ready, now_ns);
  if (verdict.is_out_of_space) raise(LunCondition::out_of_space, now_ns);
  if (verdict.is_space_low) raise(LunCondition::space_low, now_ns);
  if (verdict.is_write_protected) raise(LunCondition::write_protected, now_ns);
  if (verdict.status == Status::reservation_conflict) raise(LunCondition::reserved, now_ns);
}

void LunHealth::succeeded(bool is_write, uint64_t now_ns) {
  clear(LunCondition::gone, now_ns);
  clear(LunCondition::not_ready, now_ns);
  // A reader may be let in where a writer is not.
  if (!is_write) return;
  clear(LunCondition::reserved, now_ns);
  clear(LunCondition::out_of_space, now_ns);
  clear(LunCondition::write_protected, now_ns);
}

void LunHealth::joined(uint64_t now_ns) {
  if (!is_marked()) return;
  for (const LunCondition condition :
       {LunCondition::replaced, LunCondition::gone, LunCondition::not_ready, LunCondition::space_low}) {
    clear(condition, now_ns);
  }
}

void LunHealth::resized(uint64_t old_bytes, uint64_t new_bytes) const {
  if (new_bytes > old_bytes) {
    return log_info("{} has grown from {} to {} bytes; the guest is told", subject_, old_bytes, new_bytes);
  }
  log_warning(
      "{} has shrunk from {} to {} bytes: requests beyond its end fail, and what was there is lost; the guest is told; "
      "restore the size before the guest writes",
      subject_, old_bytes, new_bytes);
}

DiskHealth LunHealth::report() const {
  return record_.with([](const Record& record) {
    DiskHealth health;
    for (size_t i = 0; i < kLunConditions; ++i) {
      if (record.times[i] > 0) health.occurrences.emplace_back(kWords[i].name, record.times[i]);
      if (!record.holds[i] || health.state != HealthState::ok) continue;
      health.state = kWords[i].state;
      health.reason = kWords[i].name;
      health.remedy = kWords[i].remedy;
    }
    return health;
  });
}

}  // namespace laneway
