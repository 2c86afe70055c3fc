// Keeper's part in an upgrade: the successor checks, the engine hands over and ends, the successor goes.
#include <csignal>
#include <utility>

#include "base/log.h"
#include "keeper/keeper.h"

namespace laneway {

namespace {

constexpr uint64_t kHandOverPatienceNs = 3 * kSecond;
constexpr uint32_t kPacketsATurn = 64;

}  // namespace

void Keeper::begin_upgrade(const Packet& request) {
  if (upgrade_ != nullptr || is_stopping_) {
    answer(request.number, fail(ErrorCode::in_use, "an upgrade is under way, or the keeper stops."));
    return;
  }
  const std::string path(text_of(request.bytes));
  Result<std::unique_ptr<Upgrade>> upgrade = Upgrade::begin(path, engine_arguments(), request.number);
  if (!upgrade) {
    answer(request.number, pass_on(upgrade));
    return;
  }
  log_info("{} (process {}) checks whether it could take over", path, (*upgrade)->successor().process().pid());
  upgrade_ = std::move(*upgrade);
  upgrade_->successor().patience_until_ns = clock_.now_ns() + options_.check_time_s * kSecond;
}

void Keeper::look_after_successor() {
  EngineSession& successor = upgrade_->successor();
  const bool has_ended = successor.process().has_ended();
  if (!has_ended && !take_packets(successor, kPacketsATurn)) successor.detach();
  if (has_ended) {
    refuse_upgrade(upgrade_->failure());
    return;
  }
  if (upgrade_->stage() == Upgrade::Stage::checking && clock_.now_ns() >= successor.patience_until_ns) {
    refuse_upgrade({ErrorCode::timed_out,
                    fmt::format("it did not say within {} s whether it could take over.", options_.check_time_s)});
    return;
  }
  if (Result<void> flushed = successor.flush(store_); !flushed) successor.detach();
}

Result<void> Keeper::take_of_successor(Packet& packet) {
  if (packet.kind == PacketKind::hello) {
    upgrade_->greeted(text_of(packet.bytes));
    welcome(upgrade_->successor(), kWelcomeSuccessor);
    upgrade_->successor().post_items();
    upgrade_->successor().post({.kind = PacketKind::end_of_items});
  }
  if (packet.kind == PacketKind::ready && upgrade_->stage() == Upgrade::Stage::checking) successor_ready();
  return {};
}

// The former engine, if it still lives, serves on as if nothing had been.
void Keeper::refuse_upgrade(const Error& error) {
  log_warning("No upgrade: {}", error.message);
  answer(upgrade_->question(), tl::unexpected<Error>(error));
  give_up_upgrade();
}

void Keeper::successor_ready() {
  upgrade_->found_ready();
  const uint64_t now_ns = clock_.now_ns();
  upgrade_->successor().patience_until_ns = kNever;
  answer(upgrade_->question(), Answer{upgrade_->version()});
  if (engine_ == nullptr) return;
  idle_since_ns_ = now_ns;  // it says later since when exactly
  engine_->post({.kind = PacketKind::hand_over});
  engine_->is_handing_over = true;
  engine_->patience_until_ns = now_ns + kHandOverPatienceNs;
}

void Keeper::give_up_upgrade() {
  if (upgrade_ == nullptr) return;
  upgrade_->successor().process().signal(SIGKILL);
  ending_.push_back(upgrade_->give_up());
  upgrade_.reset();
}

// The engine has ended, by the upgrade or by itself: a successor that is ready goes, another one is given up.
void Keeper::promote_successor() {
  const uint64_t now_ns = clock_.now_ns();
  if (upgrade_->stage() == Upgrade::Stage::checking) {
    give_up_upgrade();
    start_at_ns_ = now_ns + policy_.died(now_ns);
    return;
  }
  fallback_ = std::exchange(program_, std::move(upgrade_->program()));
  proved_at_ns_ = now_ns + RestartPolicy::kSoonNs;
  engine_ = upgrade_->promote();
  // In careful mode each device takes its time.
  engine_->patience_until_ns = policy_.is_careful() ? 0 : now_ns + options_.check_time_s * kSecond;
  upgrade_.reset();
  policy_.started(now_ns);
  for (const std::string& key : policy_.quarantined()) engine_->post({.kind = PacketKind::quarantined, .key = key});
  engine_->post_items();
  engine_->post({.kind = PacketKind::end_of_items, .number = idle_since_ns_});
}

// A successor that dies before it has proved itself is replaced by what served before.
void Keeper::end_probation(bool has_served) {
  if (!fallback_) return;
  if (!has_served || clock_.now_ns() < proved_at_ns_) {
    log_error("The engine of the upgrade died; the former one is started again");
    program_ = std::move(*fallback_);
  }
  fallback_.reset();
}

void Keeper::answer(uint64_t question, const Result<Answer>& answer) {
  if (engine_ == nullptr) return;
  const std::vector<uint8_t> bytes = encode_answer(answer);
  engine_->post({.kind = PacketKind::answer, .number = question, .bytes = bytes});
}

}  // namespace laneway
