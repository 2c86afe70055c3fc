#pragma once
// VhostConnection moves bytes and descriptors between one front-end's socket and the message machine. It asks the
// kernel for no more than the machine wants, so that its buffers are bounded and descriptors belong to the message that
// they came with. Owned by the function's service. Home reactor only.

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <vector>

#include "reactor/kernel_port.h"
#include "vhost_user/machine.h"

namespace laneway {

class VhostConnection {
 public:
  class Owner {
   public:
    // The connection is of no use any more: the front-end went away (no error), or its messages make no sense.
    virtual void connection_lost(const Error* error) = 0;
    // After end(): no operation is in flight any more.
    virtual void connection_ended() = 0;

   protected:
    ~Owner() = default;
  };

  VhostConnection(KernelPort& kernel, UniqueFd socket, VhostUserMachine& machine, Owner& owner);
  ~VhostConnection();

  int socket() const { return socket_.get(); }
  // Sends and receives from now on; also where the machine came out of a record.
  void begin() { go_on(); }
  // What the machine waited for may be there.
  void pump();
  // Disconnects. connection_ended() follows, unless is_idle() already.
  void end();
  bool is_idle() const { return !receive_.is_in_flight() && !send_.is_in_flight() && !watch_.is_in_flight(); }

 private:
  void go_on();
  void start_receive(size_t bytes);
  void start_send();
  void start_watch();
  void received(int32_t result);
  void sent(int32_t result);
  void watched(int32_t result);
  Result<std::vector<UniqueFd>> take_descriptors();
  void lose(const Error* error);
  void look_for_end();

  static constexpr size_t kControlBytes = CMSG_SPACE(kMessageDescriptorsMax * sizeof(int));
  struct alignas(cmsghdr) ControlBuffer {
    std::array<uint8_t, kControlBytes> bytes;
  };

  KernelPort& kernel_;
  UniqueFd socket_;
  VhostUserMachine& machine_;
  Owner& owner_;
  bool is_lost_ = false;
  bool is_ending_ = false;

  std::array<uint8_t, sizeof(MessageHeaderWire) + kMessagePayloadMax> in_bytes_{};
  iovec in_vector_{};
  ControlBuffer in_control_{};
  msghdr in_message_{};
  iovec out_vector_{};
  ControlBuffer out_control_{};
  msghdr out_message_{};
  uint8_t watch_byte_ = 0;
  iovec watch_vector_{&watch_byte_, 1};
  msghdr watch_message_{};

  KernelOp receive_{this, done_by<&VhostConnection::received>};
  KernelOp send_{this, done_by<&VhostConnection::sent>};
  KernelOp watch_{this, done_by<&VhostConnection::watched>};
};

}  // namespace laneway
