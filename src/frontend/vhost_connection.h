#pragma once
// VhostConnection moves messages between one front-end's socket and the message machine, one at a time. A message stays
// in the socket until its effect is kept in the function's vault (decision 60); then its answer, the taking of its
// bytes, and the note that both were done go to the kernel in one system call. Without a vault there is nothing to wait
// for. Owned by the function's service. Home reactor only.

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <vector>

#include "frontend/device_vault.h"
#include "reactor/kernel_port.h"
#include "vhost_user/machine.h"

namespace laneway {

class VhostConnection final : private DeviceVault::Owner {
 public:
  class Owner {
   public:
    // The connection is of no use any more: the front-end went away (no error), or its messages make no sense.
    virtual void connection_lost(const Error* error) = 0;
    // After end(): no operation is in flight any more.
    virtual void connection_ended() = 0;
    // What changed the record is kept: rings that may run by it can start.
    virtual void message_kept() = 0;

   protected:
    ~Owner() = default;
  };

  // `vault` may be null, and outlives the connection.
  VhostConnection(KernelPort& kernel, UniqueFd socket, VhostUserMachine& machine, DeviceVault* vault, Owner& owner);
  ~VhostConnection();

  int socket() const { return socket_.get(); }
  // Of a front-end that has just connected.
  void begin();
  // Of a machine that came out of a record, with the note that was kept with it.
  void resume(uint64_t note);
  // What the machine waited for may be there.
  void pump();
  // The record changed without a message.
  void keep();
  // Takes no more messages: connection_ended() follows, unless is_idle() already.
  void pause();
  // Paused: keeps the record as a successor is to find it. connection_ended() follows.
  void put_last();
  // Disconnects, but for a paused one, whose socket a successor has. connection_ended() follows, unless is_idle()
  // already.
  void end();
  bool is_idle() const {
    return !peek_.is_in_flight() && !consume_.is_in_flight() && !send_.is_in_flight() && !watch_.is_in_flight() &&
           step_ != Step::keeping && !is_noting_;
  }

 private:
  enum class Step : uint8_t {
    away,       // not begun, or inside of the machine
    listening,  // for a message, or for rings that one waits for
    keeping,    // the record is on its way to the vault
    settling,   // the message is answered, taken from the socket, and noted
  };

  // DeviceVault::Owner
  void record_kept() override;
  void note_sent() override;
  void vault_renewed() override { keep(); }

  void go_on();
  void put();
  void settle();
  void look_for_settled();
  void start_peek();
  void start_consume();
  void start_send();
  void peeked(int32_t result);
  void consumed(int32_t result);
  void sent(int32_t result);
  void hung_up(int32_t result);
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
  DeviceVault* const vault_;
  Owner& owner_;
  Step step_ = Step::away;
  bool is_noting_ = false;
  bool is_keep_wanted_ = false;
  bool is_lost_ = false;
  bool is_pausing_ = false;
  bool is_last_put_ = false;
  bool is_ending_ = false;

  size_t chunk_bytes_ = 0;    // what the machine took of the socket's first bytes, which are still there
  size_t consume_bytes_ = 0;  // what is still to be taken from there
  EncodedRecord encoded_;     // on its way to the vault
  // One more than the longest message has: only then does a peek show whether descriptors come with that message or
  // after it.
  std::array<uint8_t, sizeof(MessageHeaderWire) + kMessagePayloadMax + 1> in_bytes_{};
  iovec in_vector_{};
  ControlBuffer in_control_{};
  msghdr in_message_{};
  iovec out_vector_{};
  ControlBuffer out_control_{};
  msghdr out_message_{};

  KernelOp peek_{this, done_by<&VhostConnection::peeked>};
  KernelOp consume_{this, done_by<&VhostConnection::consumed>};
  KernelOp send_{this, done_by<&VhostConnection::sent>};
  KernelOp watch_{this, done_by<&VhostConnection::hung_up>};
};

}  // namespace laneway
