#include "sim/fate.h"

#include "base/check.h"

namespace laneway::sim {

namespace {

constexpr std::array<std::string_view, kDeathPoints> kNames = {
    "counter stored",
    "record set",
    "record unset",
    "request done, no status",
    "status stored",
    "used element stored",
    "record linked",
    "record's list headed",
    "used index due",
    "used index stored",
    "record cleared",
    "record's index stored",
    "leftover cleared",
    "record's version stored",
    "record taken over",
    "send prepared",
    "first byte sent",
    "header sent",
    "half sent",
    "all sent",
    "connected",
    "received, not seen",
    "target took a command",
    "target moved data",
    "target flushed or zeroed",
    "target logged in",
    "target fenced",
    "file operation prepared",
    "file operation done",
    "interrupt prepared",
    "interrupted",
    "kick taken",
    "front-end accepted",
    "message wanted",
    "message received",
    "answered",
    "completion not seen",
    "put begun",
    "put kept",
    "put told",
    "note begun",
    "noted",
    "note told",
    "restored",
    "asleep",
};

}  // namespace

std::string_view name_of(DeathPoint point) { return kNames[static_cast<size_t>(point)]; }

void Fate::begin() {
  passed_ = 0;
  is_due_ = false;
}

bool Fate::comes(DeathPoint point) {
  if (life_ == nullptr || !guard_.may_die()) return false;
  if (plan_.only && point != *plan_.only) return false;
  ++passed_;
  ++points_passed_[static_cast<size_t>(point)];
  if (is_due_ || !is_chosen()) return false;
  is_due_ = true;
  last_point_ = point;
  return true;
}

bool Fate::is_chosen() {
  if (!plan_.at.empty()) return deaths_ < plan_.at.size() && passed_ == plan_.at[deaths_];
  return deaths_ < plan_.deaths_max && random_.one_in(plan_.one_in);
}

void Fate::strike() {
  if (!is_due_) return;
  is_due_ = false;
  ++deaths_;
  ++points_died_at_[static_cast<size_t>(last_point_)];
  life_->die();
}

}  // namespace laneway::sim
