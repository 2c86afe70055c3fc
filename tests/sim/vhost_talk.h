#pragma once
// VhostTalk is the front-end's end of a vhost-user socket in the simulation: sends messages one after the other, in
// pieces, waits for an answer where one comes, and hears of changes of the configuration. The socket is real and never
// blocks. Owned by a VhostGuest.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "vhost_user/testing/fake_frontend.h"

namespace laneway::sim {

class VhostTalk {
 public:
  // One in `piece_one_in` messages is sent in pieces.
  VhostTalk(Random& random, uint32_t piece_one_in) : random_(random), piece_one_in_(piece_one_in) {}

  // Connects to a listening socket; false where its queue is full.
  bool connect(const std::string& path);
  void disconnect();
  bool is_connected() const { return static_cast<bool>(socket_); }

  // Queues a message. Answers come from take_answer() in the order of the messages that have one.
  void say(FakeMessage message, bool has_answer = false) { queue_.push_back({std::move(message), has_answer}); }
  // Sends and receives what is possible. False once the device has closed the socket.
  bool pump();
  std::optional<FakeMessage> take_answer() { return front_end_.take_answer(); }
  // Of the answer taken last: it is the first that was waited for.
  bool was_awaited(const FakeMessage& answer);
  bool can_send() const { return !queue_.empty() && !is_waiting_; }
  bool is_through() const { return queue_.empty() && !is_waiting_; }

  // The channel for the device's own messages; give the other end to the device with SET_BACKEND_REQ_FD.
  UniqueFd make_backend_channel();
  // True where the device told of a change since the last call.
  bool take_config_change();

  // What can become readable, for poll().
  int socket() const { return socket_.get(); }
  int channel() const { return channel_.get(); }

 private:
  struct Said {
    FakeMessage message;
    bool has_answer = false;
    size_t sent_bytes = 0;
  };
  bool send_some(Said& said);
  bool receive_all();

  Random& random_;
  const uint32_t piece_one_in_;
  UniqueFd socket_;
  UniqueFd channel_;
  FakeFrontend front_end_;
  std::deque<Said> queue_;
  std::deque<uint32_t> awaited_;  // requests whose answers are still to come
  bool is_waiting_ = false;       // for an answer
};

}  // namespace laneway::sim
