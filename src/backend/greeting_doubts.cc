#include "backend/greeting_doubts.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

bool GreetingDoubts::Doubt::is_asked(const GreetingWitness& witness) const {
  return std::find(witnesses.begin(), witnesses.end(), &witness) != witnesses.end();
}

void GreetingDoubts::raise(Witnesses witnesses) {
  LW_ASSERT(!witnesses.empty());
  doubts_.push_back({++latest_, std::move(witnesses)});
}

bool GreetingDoubts::is_asked(const GreetingWitness& witness) const {
  return std::any_of(doubts_.begin(), doubts_.end(), [&](const Doubt& doubt) { return doubt.is_asked(witness); });
}

bool GreetingDoubts::vouch(const GreetingWitness& witness, uint64_t up_to) {
  return std::erase_if(doubts_, [&](const Doubt& doubt) { return doubt.number <= up_to && doubt.is_asked(witness); }) >
         0;
}

bool GreetingDoubts::leave(const GreetingWitness& witness) {
  bool is_any_hopeless = false;
  for (Doubt& doubt : doubts_) {
    if (std::erase(doubt.witnesses, &witness) > 0 && doubt.witnesses.empty()) is_any_hopeless = true;
  }
  return is_any_hopeless;
}

bool GreetingDoubts::end_hopeless() {
  return std::erase_if(doubts_, [](const Doubt& doubt) { return doubt.witnesses.empty(); }) > 0;
}

bool GreetingDoubts::end_all() {
  const bool was_open = is_open();
  doubts_.clear();
  return was_open;
}

}  // namespace laneway
