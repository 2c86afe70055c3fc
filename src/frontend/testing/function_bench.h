#pragma once
// FunctionBench runs a virtio-blk function on a reactor that the test turns itself, with a front-end and a guest driver
// on the same thread: everything real but the disk. For unit tests.

#include <memory>
#include <string>
#include <vector>

#include "frontend/testing/fake_disk.h"
#include "frontend/vhost_blk_function.h"
#include "frontend/vhost_blk_service.h"
#include "reactor/reactor.h"
#include "reactor/uring_port.h"
#include "vhost_user/testing/fake_socket.h"
#include "vhost_user/testing/frontend_script.h"
#include "virtio/blk.h"
#include "virtio/testing/fake_blk_driver.h"

namespace laneway {

// A thread's worth of engine: kernel port, reactor, pool. Its time is real, its turns are the test's. Several make an
// engine of several reactors, all on the test's thread.
class BenchReactor {
 public:
  explicit BenchReactor(const RequestPool::Options& options = {});
  Reactor& reactor() { return *reactor_; }
  RequestPool& pool() { return *pool_; }
  void turn(uint32_t count = 1);
  // Another reactor of the engine, which turns with this one.
  void add(BenchReactor& other) { others_.push_back(&other); }
  // Whatever else happens in a turn.
  class Scene {
   public:
    virtual void act() = 0;

   protected:
    ~Scene() = default;
  };
  void add(Scene& scene) { scene_ = &scene; }
  // Turns until `is_done`, for at most some seconds; false where it never was.
  template <typename Condition>
  bool turn_until(Condition is_done) {
    const uint64_t give_up_ns = clock_.now_ns() + 10 * kSecond;
    while (!is_done()) {
      if (clock_.now_ns() > give_up_ns) return false;
      turn();
    }
    return true;
  }

 private:
  MonotonicClock clock_;
  std::unique_ptr<UringPort> port_;
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<RequestPool> pool_;
  std::vector<BenchReactor*> others_;
  Scene* scene_ = nullptr;
};

// A function and its listening socket in a folder of its own.
class BenchFunction {
 public:
  BenchFunction(BenchReactor& bench, BlockDevice& disk, VhostBlkOptions options = {});
  BenchFunction(BenchReactor& bench, BlockDevice& disk, VhostBlkOptions options, const FunctionPlace& place);
  ~BenchFunction() { close(); }
  const std::string& path() const { return path_; }
  VhostBlkFunction& function() { return *function_; }
  VhostBlkService& service() { return function_->service(); }
  void adopt(std::unique_ptr<VhostBlkFunction> function) { function_ = std::move(function); }
  // Closes, with the reactor's turns, and destroys the function.
  void close();

 private:
  BenchReactor& bench_;
  std::string folder_;
  std::string path_;
  std::unique_ptr<VhostBlkFunction> function_;
};

// A front-end of some kind with a guest in it, and its driver's rings.
class BenchGuest {
 public:
  struct Options {
    FrontendKind kind = FrontendKind::qemu_7_2;
    uint32_t rings = 1;
    uint16_t ring_size = 256;
    bool has_event_index = true;
    bool calls_by_pipe = false;
    uint64_t features = virtio_feature::kVersion1 | virtio_feature::kIndirectDescriptors | blk_feature::kFlush |
                        blk_feature::kDiscard | blk_feature::kWriteZeroes | blk_feature::kConfigWce;
    FakeBlkDriver::Options requests = {};
  };
  BenchGuest(BenchReactor& bench, const std::string& path, const Options& options);

  FakeSocket& socket() { return socket_; }
  FakeGuest& memory() { return guest_; }
  FakeDriver& driver(uint32_t ring = 0) { return *rings_[ring].driver; }
  FakeBlkDriver& disk(uint32_t ring = 0) { return *rings_[ring].disk; }
  ScriptGuest script();

  // Sends, and collects the answers that the script calls for; false where one does not come or the connection ends.
  bool play(std::vector<FakeMessage> messages);
  std::optional<FakeMessage> ask(FakeMessage message);
  // Connect and start scripts, with the in-flight region in between where the kind of front-end has one.
  bool attach();
  bool stop() { return play(stop_script(options_.kind, script())); }
  // The same guest at another connection, as after a reconnect.
  void reconnect(const std::string& path) { socket_ = FakeSocket::connect(path); }

  // Publishes what was added to a ring, kicks where asked to, and returns what finished, once `count` have.
  std::vector<FakeBlkDriver::Finished> finish(uint32_t count, uint32_t ring = 0);
  void publish(uint32_t ring = 0);
  void kick(uint32_t ring = 0);        // whether asked to or not
  uint64_t calls(uint32_t ring = 0);   // interrupts since the last look
  uint64_t errors(uint32_t ring = 0);  // error events since the last look
  // Sets an error descriptor for every ring.
  void want_errors();

 private:
  struct Ring {
    std::unique_ptr<FakeDriver> driver;
    std::unique_ptr<FakeBlkDriver> disk;
    UniqueFd kick;
    UniqueFd call;
    UniqueFd call_reader;  // of a pipe
    UniqueFd error;
  };
  bool exchange_inflight();

  BenchReactor& bench_;
  const Options options_;
  FakeGuest guest_;
  std::vector<Ring> rings_;
  FakeSocket socket_;
  UniqueFd inflight_;
  uint64_t inflight_bytes_ = 0;
};

}  // namespace laneway
