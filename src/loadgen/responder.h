#pragma once
// Responder is a vhost-user-blk server of the barest kind on a thread of its own: what the load generator measures
// itself against, and what its tests attach to. One connection at a time. It trusts its peer: it is no server for
// guests. The maker owns it; the thread ends with it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "loadgen/ring_responder.h"
#include "vhost_user/message.h"

namespace laneway {

class Responder {
 public:
  struct Options {
    std::string path;  // of the socket to listen on
    uint64_t capacity_bytes = uint64_t{1} << 30;
    uint32_t block_bytes = 512;
    uint16_t queues = 1;
    bool is_read_only = false;
    uint64_t withheld_features = 0;           // not offered
    uint64_t withheld_protocol_features = 0;  // likewise
    bool has_no_inflight_file = false;        // answers GET_INFLIGHT_FD with an empty region
    int cpu = -1;
  };

  // `sink` must outlive it and is called on its thread.
  static Result<std::unique_ptr<Responder>> start(const Options& options, RequestSink& sink);
  ~Responder();
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

 private:
  struct RingState {
    RingResponder::Ring ring;
    UniqueFd kick;
    UniqueFd call;
    std::unique_ptr<RingResponder> responder;  // while it runs
  };
  struct Message {
    MessageHeaderWire header;
    std::vector<uint8_t> payload;
    std::vector<UniqueFd> descriptors;
  };

  Responder(const Options& options, RequestSink& sink) : options_(options), sink_(sink) {}
  void run();
  void serve();
  void disconnect();
  // Each of these is false where the connection has ended.
  bool poll_rings(bool& has_worked);
  bool sleep_until_work();
  bool take_messages();
  bool take(Message& message);
  bool obey(Message& message);
  bool obey_ring(Message& message);
  bool answer(const Message& message, ByteView payload);
  bool answer_number(const Message& message, uint64_t number) { return answer(message, bytes_of(number)); }
  bool answer_config(const Message& message);
  bool answer_inflight(const Message& message);
  bool share_memory(Message& message);
  uint64_t offered_features() const;

  // Fixed after construction
  const Options options_;
  RequestSink& sink_;
  UniqueFd listener_;
  UniqueFd stop_;  // readable from the end on

  // Responder's thread only
  UniqueFd connection_;
  uint64_t features_ = 0;
  GuestMemory memory_;
  std::vector<RingState> rings_;

  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace laneway
