#pragma once
// Mailbox brings Letters from any thread to one reactor, in the order in which each sender posted them. A Letter
// belongs to its sender, who keeps it alive until it was delivered. Posting takes no lock and allocates nothing.

#include <atomic>
#include <cstdint>

namespace laneway {

class Letter {
 public:
  // Runs on the reactor it was posted to. The letter may destroy itself or be posted again from here.
  virtual void deliver() = 0;

 protected:
  virtual ~Letter() = default;

 private:
  friend class Mailbox;
  Letter* next_ = nullptr;
};

class Mailbox {
 public:
  // Any thread. True where the box was empty before.
  bool post(Letter& letter);
  // The reactor's thread. Delivers what was there at the call and returns how many letters that were.
  uint32_t drain();
  bool empty() const { return newest_.load(std::memory_order_acquire) == nullptr; }

 private:
  // Any thread (atomic)
  std::atomic<Letter*> newest_{nullptr};
};

}  // namespace laneway
