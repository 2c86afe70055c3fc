#include "reactor/mailbox.h"

#include <cstdint>

namespace laneway {

bool Mailbox::post(Letter& letter) {
  Letter* before = newest_.load(std::memory_order_relaxed);
  do {
    letter.next_ = before;
    // Release: from here on the reactor may read the letter; pairs with the acquire in drain(). Sequential consistency
    // orders it before the sender's look at "is asleep" (Reactor::post), which pairs with sleep_until_work().
  } while (!newest_.compare_exchange_weak(before, &letter, std::memory_order_seq_cst, std::memory_order_relaxed));
  return before == nullptr;
}

uint32_t Mailbox::drain() {
  // Acquire: pairs with the release in post().
  Letter* newest = newest_.exchange(nullptr, std::memory_order_acquire);
  Letter* oldest = nullptr;
  while (newest != nullptr) {
    Letter* older = newest->next_;
    newest->next_ = oldest;
    oldest = newest;
    newest = older;
  }
  uint32_t delivered = 0;
  while (oldest != nullptr) {
    Letter* letter = oldest;
    oldest = letter->next_;
    ++delivered;
    letter->deliver();
  }
  return delivered;
}

}  // namespace laneway
