#pragma once
// IscsiErrand is a session made for one question: it connects to the first address that answers, follows redirects,
// logs in, lets the kind of errand do its work, logs out. Bounded by a deadline. Made, started and destroyed on one
// reactor.

#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "backend/iscsi_connection.h"

namespace laneway {

// Told on the reactor.
class IscsiErrandWatcher {
 public:
  // Once; the errand may be destroyed from the next turn on.
  virtual void errand_ended() = 0;
  // A redirection leads to a name (wanted_portal()), which a reactor cannot look up: the errand waits for go_on().
  virtual void errand_wants_address() = 0;

 protected:
  ~IscsiErrandWatcher() = default;
};

class IscsiErrand : protected IscsiConnectionOwner {
 public:
  struct Plan {
    std::string subject;  // for messages: "target X"
    iscsi::SessionOptions options;
    std::vector<SocketAddress> addresses;  // tried in turn
    uint64_t timeout_ns = 30 * kSecond;    // for all of it
  };

  IscsiErrand(Reactor& reactor, Plan plan);
  virtual ~IscsiErrand();  // only when has_ended()

  void start(IscsiErrandWatcher* watcher);
  bool has_ended() const { return has_ended_; }
  const Result<void>& outcome() const { return outcome_; }
  const std::string& portal() const { return portal_; }  // that answered

  const std::optional<IscsiPortal>& wanted_portal() const { return wanted_portal_; }
  // The addresses of wanted_portal(), or why there are none; nothing where the errand has ended meanwhile.
  void go_on(Result<std::vector<SocketAddress>> addresses);

 protected:
  // The session is in full feature.
  virtual void begin() = 0;
  // Something may have finished.
  virtual void look() = 0;
  // The session is ending; nothing more comes of it.
  virtual void stop() = 0;

  Reactor& reactor() { return reactor_; }
  iscsi::Session& session() { return connection_.session(); }
  void pump() { connection_.pump(); }
  // Ends the work: logs out, or gives up.
  void succeed();
  void give_up(Error why);

 private:
  void connection_progressed() override;
  void connection_closed() override;
  void connect();
  void session_ended();
  void follow_redirect();
  void deadline_came();
  void end();

  // Fixed after construction
  Reactor& reactor_;
  const Plan plan_;

  // Home reactor only
  IscsiErrandWatcher* watcher_ = nullptr;
  IscsiConnection connection_;
  Timer deadline_timer_;
  Timer connect_timer_;
  std::vector<SocketAddress> untried_;  // the next one last
  std::string portal_;
  std::optional<IscsiPortal> wanted_portal_;
  uint32_t redirects_ = 0;
  bool has_begun_ = false;
  bool is_settled_ = false;  // outcome_ stands
  bool has_ended_ = false;
  Result<void> outcome_;
};

// Runs an errand of type T on a reactor and waits for its end: control threads only, never from a reactor. `take` moves
// the answer out of an errand that succeeded.
template <typename T, typename Take, typename... Args>
auto run_errand(Reactor& reactor, Take take, Args&&... args) -> Result<decltype(take(std::declval<T&>()))> {
  struct Waiter final : IscsiErrandWatcher {
    void errand_ended() override { has_news.release(); }
    void errand_wants_address() override { has_news.release(); }
    std::counting_semaphore<2> has_news{0};  // it may end by its deadline while it waits for an address
  };
  Waiter waiter;
  std::unique_ptr<T> errand;
  run_on(reactor, [&] {
    errand = std::make_unique<T>(reactor, std::forward<Args>(args)...);
    errand->start(&waiter);
  });
  bool has_ended = false;
  while (!has_ended) {
    waiter.has_news.acquire();
    std::optional<IscsiPortal> wanted;
    run_on(reactor, [&] {
      has_ended = errand->has_ended();
      wanted = errand->wanted_portal();
    });
    if (has_ended || !wanted) continue;
    auto addresses = resolve_portal(*wanted);
    run_on(reactor, [&] { errand->go_on(std::move(addresses)); });
  }
  Result<decltype(take(std::declval<T&>()))> answer = fail(ErrorCode::internal, "an errand without an answer");
  run_on(reactor, [&] {
    if (errand->outcome()) {
      answer = take(*errand);
    } else {
      answer = tl::unexpected<Error>(errand->outcome().error());
    }
    errand.reset();
  });
  return answer;
}

}  // namespace laneway
