#pragma once
// SimNetwork carries bytes between the engine's TCP sockets and fake targets: in pieces of random size, after random
// delay, in order; it breaks connections, swallows bytes, and refuses to connect. A socket is a real, reserved
// descriptor. Owned by the simulation.

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "sim/actor.h"
#include "target/fake_target.h"

namespace laneway::sim {

struct NetworkOptions {
  uint64_t delay_min_ns = 5 * kMicrosecond;
  uint64_t delay_max_ns = 60 * kMicrosecond;
  uint32_t piece_bytes_max = 65536;
  uint32_t tiny_piece_one_in = 20;            // pieces of a few bytes; 0: never
  uint32_t in_flight_bytes_max = 256 * 1024;  // a direction, what a socket buffers
};

class SimNetwork final : public Actor {
 public:
  SimNetwork(const NetworkOptions& options, Random& random, Clock& clock)
      : options_(options), random_(random), clock_(clock) {}
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;
  ~SimNetwork();

  // `target_port` is the target's own number for it.
  void add_server(uint16_t port, fake::FakeTarget& target, uint16_t target_port = 1) {
    servers_[port] = &target;
    target_ports_[port] = target_port;
  }

  // The kernel's side. Results are those of the system calls; nothing where they would block.
  UniqueFd open_socket();
  bool has(int fd) const { return sockets_.count(fd) != 0; }
  std::optional<int32_t> connect(int fd, const sockaddr* address);
  std::optional<int32_t> receive(int fd, const msghdr& message);
  std::optional<int32_t> send(int fd, const msghdr& message);
  void shut_down(int fd);
  void close(int fd);
  // A send would take something, or fail.
  bool can_send(int fd) const;
  // The process that had all the sockets was killed: what it sent may arrive still, all, nothing or a beginning.
  enum class Arrival : uint8_t { all, none, some };
  void kill_all(Arrival arrival);

  // What a script does to it.
  void set_reachable(bool is_reachable) { is_reachable_ = is_reachable; }  // new connections are refused
  void set_connects_hang(bool hangs) { connects_hang_ = hangs; }           // new connections get no answer
  void reset_all();    // every connection breaks; the target learns of it later than the engine
  void swallow_all();  // nothing moves any more on the connections there are
  // The same for one port of the target's.
  void set_reachable(uint16_t port, bool is_reachable);
  void reset(uint16_t port);
  void swallow(uint16_t port);    // what was sent before still arrives
  void stall(uint64_t until_ns);  // nothing arrives before that
  size_t open_connections() const;

  uint64_t next_event_ns() const override;
  void act(uint64_t now_ns) override;
  // Called when the targets have done something.
  struct Listener {
    virtual void targets_acted() = 0;

   protected:
    ~Listener() = default;
  };
  Listener* listener = nullptr;
  uint64_t bytes_carried() const { return bytes_carried_; }

 private:
  struct Piece {
    uint64_t due_ns = 0;
    std::vector<uint8_t> bytes;  // empty: the end of the stream
  };
  struct Stream {
    std::deque<Piece> pieces;
    uint64_t in_flight = 0;
    uint64_t last_due_ns = 0;
  };
  struct Socket {
    std::unique_ptr<fake::TargetConnection> far_end;
    fake::FakeTarget* target = nullptr;
    uint16_t port = 0;
    Stream to_target;
    Stream to_engine;
    std::deque<uint8_t> arrived;
    bool is_connected = false;
    bool is_shut = false;    // by the engine
    bool is_reset = false;   // seen by the engine
    bool is_at_end = false;  // the target's end of stream arrived
    bool is_swallowing = false;
    bool is_abandoned = false;  // closed by the engine, what is under way still arrives
    bool has_sent_end = false;  // to the engine
  };

  uint64_t delay();
  size_t piece_size(size_t available);
  void put(Stream& stream, ByteView bytes);
  void put_end(Stream& stream, uint64_t extra_ns);
  void deliver(Socket& socket, uint64_t now_ns);
  void collect_output(Socket& socket);
  void collect_all();
  static bool is_over(const Socket& socket) { return socket.is_abandoned && socket.far_end == nullptr; }

  // Fixed after construction
  const NetworkOptions options_;
  Random& random_;
  Clock& clock_;

  void reset(Socket& socket);

  std::map<uint16_t, fake::FakeTarget*> servers_;
  std::map<uint16_t, uint16_t> target_ports_;
  std::set<uint16_t> unreachable_;
  std::map<int, std::unique_ptr<Socket>> sockets_;
  std::vector<std::unique_ptr<Socket>> abandoned_;
  uint64_t stalled_until_ns_ = 0;
  uint64_t bytes_carried_ = 0;
  bool is_reachable_ = true;
  bool connects_hang_ = false;
};

}  // namespace laneway::sim
