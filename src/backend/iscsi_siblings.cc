#include "backend/iscsi_siblings.h"

#include <algorithm>

namespace laneway {

IscsiSibling::IscsiSibling(Reactor& reactor, IscsiSiblings& all, const LunPath& path, Owner& owner)
    : reactor_(reactor), all_(all), path_(path), owner_(owner), note_(std::make_unique<Note>()) {
  note_->to = this;
  all_.state_.with([this](State& state) { state.members.push_back(this); });
}

IscsiSibling::~IscsiSibling() {
  end_session();
  note_->to = nullptr;
  all_.state_.with([this](State& state) {
    std::erase(state.members, this);
    if (!note_->is_on_way) return;
    Note& note = *note_;
    note.self = std::move(note_);
  });
}

void IscsiSibling::Note::deliver() {
  const std::unique_ptr<Note> end = std::move(self);
  if (to == nullptr) return;
  to->all_.state_.with([this](State& /*state*/) { is_on_way = false; });
  to->owner_.siblings_changed();
}

// Under the lock.
void IscsiSibling::tell() {
  if (note_->is_on_way) return;
  note_->is_on_way = true;
  reactor_.post(*note_);
}

bool IscsiSibling::is_alone(const State& state, const IscsiSibling& one) {
  return std::none_of(state.members.begin(), state.members.end(),
                      [&one](const IscsiSibling* e) { return e != &one && e->has_session_ && !e->is_quiet_; });
}

void IscsiSibling::tell_all(const State& state) {
  for (IscsiSibling* each : state.members) each->tell();
}

bool IscsiSibling::begin_session() {
  return all_.state_.with([this](State& state) {
    if (state.fencer != nullptr && state.fencer != this) return false;
    has_session_ = true;
    is_quiet_ = false;
    return true;
  });
}

void IscsiSibling::fall_quiet() {
  all_.state_.with([this](State& state) {
    is_quiet_ = true;
    if (state.fencer != nullptr && state.fencer != this && is_alone(state, *state.fencer)) state.fencer->tell();
  });
}

void IscsiSibling::end_session() {
  end_fence();
  all_.state_.with([this](State& state) {
    has_session_ = false;
    is_quiet_ = false;
    if (state.fencer != nullptr && is_alone(state, *state.fencer)) state.fencer->tell();
  });
}

bool IscsiSibling::is_cut() const {
  return all_.state_.with([this](const State& state) { return state.fencer != nullptr && state.fencer != this; });
}

bool IscsiSibling::may_fence() {
  return all_.state_.with([this](State& state) {
    if (state.fencer != nullptr && state.fencer != this) return false;
    const bool is_first_call = state.fencer == nullptr;
    state.fencer = this;
    if (is_alone(state, *this)) return true;
    for (IscsiSibling* each : state.members) {
      if (is_first_call && each != this) each->tell();
    }
    return false;
  });
}

void IscsiSibling::end_fence() {
  all_.state_.with([this](State& state) {
    if (state.fencer != this) return;
    state.fencer = nullptr;
    for (IscsiSibling* each : state.members) {
      if (each != this) each->tell();
    }
  });
}

void IscsiSibling::become_witness() {
  all_.state_.with([this](State& /*state*/) { is_witness_ = true; });
}

bool IscsiSibling::raise_doubt(bool is_one_unit) {
  return all_.state_.with([&](State& state) {
    GreetingDoubts::Witnesses witnesses;
    for (IscsiSibling* each : state.members) {
      if (!each->is_witness_ || !(is_one_unit || each->path_.is_same_unit(path_))) continue;
      witnesses.push_back(each);
      each->tell();
    }
    if (witnesses.empty()) return false;
    state.doubts.raise(std::move(witnesses));
    return true;
  });
}

bool IscsiSibling::is_in_doubt() const {
  return all_.state_.with([](const State& state) { return state.doubts.is_open(); });
}

bool IscsiSibling::is_asked() const {
  return all_.state_.with([this](const State& state) { return state.doubts.is_asked(*this); });
}

uint64_t IscsiSibling::latest_doubt() const {
  return all_.state_.with([](const State& state) { return state.doubts.latest(); });
}

void IscsiSibling::vouch(uint64_t up_to) {
  all_.state_.with([&](State& state) {
    if (state.doubts.vouch(*this, up_to)) tell_all(state);
  });
}

bool IscsiSibling::leave_witnesses() {
  return all_.state_.with([this](State& state) {
    is_witness_ = false;
    return state.doubts.leave(*this);
  });
}

void IscsiSibling::end_hopeless_doubts() {
  all_.state_.with([](State& state) {
    if (state.doubts.end_hopeless()) tell_all(state);
  });
}

void IscsiSibling::end_all_doubts() {
  all_.state_.with([](State& state) {
    if (state.doubts.end_all()) tell_all(state);
  });
}

}  // namespace laneway
