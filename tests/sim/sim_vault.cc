#include "sim/sim_vault.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace laneway::sim {

namespace {

constexpr uint64_t kStepMaxNs = 20 * kMicrosecond;
constexpr uint64_t kPlantedLateNs = 500 * kMicrosecond;

}  // namespace

SimVault::SimVault(SimHost& host, Reactor& home, VaultShelf& shelf, Plant plant)
    : host_(host), home_(home), shelf_(shelf), plant_(plant) {}

void SimVault::put(const EncodedRecord& record) {
  LW_ASSERT(is_idle());
  host_.pass(DeathPoint::put_asked);
  is_putting_ = true;
  if (sent_) keep();  // of a put that was told too early
  sent_.emplace(record);
  const uint64_t now_ns = host_.clock.now_ns();
  keep_ns_ = now_ns + host_.random.below(kStepMaxNs);
  if (plant_ != Plant::record_is_kept_late) return;
  keep_ns_ = now_ns + kPlantedLateNs;
  tell_soon(now_ns);
}

void SimVault::keep() {
  shelf_.record = std::move(sent_);
  sent_.reset();
  keep_ns_ = kNever;
  host_.comes(DeathPoint::put_kept);
}

void SimVault::note(uint64_t serial) {
  LW_ASSERT(is_idle());
  if (plant_ == Plant::note_comes_first) shelf_.note = serial;
  host_.pass(DeathPoint::note_asked);
  is_noting_ = true;
  is_note_flushed_ = false;
  sent_note_ = serial;
}

// The engine's system call: the note goes with what was started before it.
void SimVault::flushed() {
  if (!is_noting_ || std::exchange(is_note_flushed_, true)) return;
  if (plant_ != Plant::notes_are_lost) shelf_.note = sent_note_;
  host_.comes(DeathPoint::noted);
  tell_soon(host_.clock.now_ns());
}

void SimVault::drop() {
  LW_ASSERT(is_idle());
  sent_.reset();
  keep_ns_ = kNever;
  shelf_.record.reset();
  shelf_.note = 0;
}

void SimVault::tell_soon(uint64_t now_ns) { tell_ns_ = now_ns + host_.random.below(kStepMaxNs); }

uint64_t SimVault::next_event_ns() const { return std::min(keep_ns_, tell_ns_); }

void SimVault::act(uint64_t now_ns) {
  if (now_ns >= keep_ns_) {
    keep();
    if (plant_ != Plant::record_is_kept_late) tell_soon(now_ns);
  }
  if (now_ns < tell_ns_) return;
  tell_ns_ = kNever;
  home_.post(*this);
}

void SimVault::deliver() {
  const bool was_put = std::exchange(is_putting_, false);
  is_noting_ = false;
  host_.pass(was_put ? DeathPoint::put_told : DeathPoint::note_told);
  if (owner_ == nullptr) return;
  if (was_put) return owner_->record_kept();
  owner_->note_sent();
}

}  // namespace laneway::sim
