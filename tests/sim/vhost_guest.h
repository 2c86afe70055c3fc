#pragma once
// VhostGuest is a guest with a stock driver behind a vhost-user front-end: it sets the device up with messages, makes
// requests in rings in its memory, kicks, sleeps until it is called, stops and restarts rings, resets, loses its
// connection and comes back. Everything it does to the device is real: socket, descriptors, shared memory. Owned by the
// simulation.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/actor.h"
#include "sim/guest.h"
#include "sim/scenario.h"
#include "sim/vhost_talk.h"
#include "sim/workload.h"
#include "virtio/testing/fake_blk_driver.h"

namespace laneway::sim {

class VhostGuest final : public Guest, public Actor {
 public:
  // Connects to `path`.
  VhostGuest(const Scenario& scenario, Clock& clock, std::string path, Referee& referee, Random& random);

  void start() override;
  void stop_submitting() override;
  bool has_submitted_all() const override { return left_ == 0; }
  bool is_idle() const override;
  void read_everything() override;
  void leave() override;
  bool is_gone() const override { return phase_ == Phase::gone; }
  std::string describe() const override;

  uint64_t next_event_ns() const override;
  void act(uint64_t now_ns) override;
  // The next end of its connection is not the device's fault.
  void excuse_end() { is_end_excused_ = talk_.is_connected(); }
  // A planted bug: the first ring's used index says that this chain is used, after `before` others that are not shown
  // yet.
  void show_used_early(uint16_t head, size_t before);
  // Another engine serves it now: the deadlines of its requests begin again.
  void engine_restarted();
  // The disk's size as the guest knows it.
  uint64_t known_sectors() const { return known_sectors_; }

 private:
  enum class Phase : uint8_t { away, greeting, running, stopping, stopped, gone };
  struct Request {
    OpId id = 0;
    ModelOp kind = ModelOp::read;
    uint64_t began_ns = 0;
    uint64_t first_began_ns = 0;  // with an earlier engine
    bool is_in_flight = false;
  };
  struct Queue {
    std::unique_ptr<FakeDriver> driver;
    std::unique_ptr<FakeBlkDriver> blk;
    std::vector<Request> requests;
    UniqueFd kick;
    UniqueFd call;
    uint16_t base = 0;
  };

  // Messages: vhost_guest_talk.cc
  void connect(uint64_t now_ns);
  void greet();
  void set_up_memory();
  void set_up_ring(uint32_t index);
  void take_answers();
  void take_answer(const FakeMessage& answer);
  void check_base(uint32_t ring);
  void talk(uint64_t now_ns);
  void greeted(uint64_t now_ns);
  void ask_for_capacity();
  void stop_rings();
  void disturb(uint64_t now_ns);
  void lose_connection(uint64_t now_ns);
  void restart_machine();
  uint64_t wanted_features() const;

  // Rings: vhost_guest.cc
  void make_rings();
  void take_finished(Queue& queue, uint64_t now_ns);
  void finish(Queue& queue, const FakeBlkDriver::Finished& finished, uint64_t now_ns);
  void submit_some(uint64_t now_ns);
  bool submit(Queue& queue, const Wish& wish, uint64_t now_ns);
  std::optional<uint32_t> add(Queue& queue, const Wish& wish, OpId id);
  void publish(Queue& queue);
  bool next_wish(Wish& wish);
  bool has_room() const;
  void forget_requests();
  uint32_t in_flight() const;

  // Fixed after construction
  const Scenario& scenario_;
  Clock& clock_;
  Referee& referee_;
  Random& random_;
  const std::string path_;

  Workload workload_;
  std::unique_ptr<FakeGuest> guest_;  // another one when the hypervisor died
  VhostTalk talk_;
  std::vector<Queue> queues_;
  UniqueFd inflight_;
  uint64_t inflight_bytes_ = 0;
  uint64_t inflight_offset_ = 0;
  Phase phase_ = Phase::away;
  uint64_t next_ns_ = 0;  // next submission, or attempt to connect
  uint64_t trouble_ns_ = kNever;
  uint64_t left_ = 0;
  uint64_t sweep_ = 0;
  uint64_t known_sectors_ = 0;
  uint64_t finished_ = 0;
  uint32_t stopping_ = 0;  // rings whose base is awaited
  bool restarts_fresh_ = false;
  bool is_asking_capacity_ = false;
  bool is_end_excused_ = false;
};

}  // namespace laneway::sim
