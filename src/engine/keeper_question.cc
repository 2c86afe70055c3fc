#include "engine/keeper_question.h"

#include <atomic>
#include <chrono>
#include <optional>

#include "engine/packet_sender.h"

namespace laneway {

namespace {

uint64_t next_question() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// One packet, from a control thread's stack.
class Word final : private PacketSender::Owner {
 public:
  Word(KeeperLink& link, const PacketView& packet) : link_(link), packet_(packet) {}
  void say() {
    run_on(link_.reactor(), [this] { sender_.send(packet_); });
    is_sent_.acquire();
  }

 private:
  // Release: the sender is destroyed by the waiter; pairs with its acquire.
  void packet_sent() override { is_sent_.release(); }

  KeeperLink& link_;
  const PacketView packet_;
  std::binary_semaphore is_sent_{0};
  PacketSender sender_{link_, *this};
};

class Question final : private KeeperLink::Asker {
 public:
  Question(KeeperLink& link, uint64_t number) : link_(link), number_(number) {}

  Result<Answer> put(const PacketView& packet, uint64_t patience_ns) {
    run_on(link_.reactor(), [this] {
      if (link_.socket() >= 0) {
        link_.expect(*this);
      } else {
        keeper_lost();
      }
    });
    Word(link_, packet).say();
    const bool is_told = is_told_.try_acquire_for(std::chrono::nanoseconds(patience_ns));
    run_on(link_.reactor(), [this] { static_cast<ListNode<Asker>*>(this)->unlink(); });
    if (!is_told) return fail(ErrorCode::timed_out, "the keeper has not answered for {} s", patience_ns / kSecond);
    if (!answer_) return fail(ErrorCode::unreachable, "the keeper is gone");
    return std::move(*answer_);
  }

 private:
  uint64_t question() const override { return number_; }
  void answered(Packet packet) override {
    answer_.emplace(decode_answer(std::move(packet)));
    is_told_.release();
  }
  void keeper_lost() override { is_told_.release(); }

  KeeperLink& link_;
  const uint64_t number_;
  std::optional<Result<Answer>> answer_;
  std::binary_semaphore is_told_{0};
};

}  // namespace

void tell_keeper(KeeperLink& link, PacketKind kind, const std::string& key, uint64_t number) {
  Word(link, {.kind = kind, .key = key, .number = number}).say();
}

Result<Answer> ask_keeper(KeeperLink& link, PacketKind kind, ByteView question, std::span<const int> descriptors,
                          uint64_t patience_ns) {
  const uint64_t number = next_question();
  return Question(link, number)
      .put({.kind = kind, .number = number, .bytes = question, .descriptors = descriptors}, patience_ns);
}

}  // namespace laneway
