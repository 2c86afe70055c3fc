#pragma once
// KeeperLink is the engine's connection to its keeper while it serves. Where the keeper goes away the engine serves on,
// and everything counts as kept; when one listens again everything is put anew. Owned by the engine; made and destroyed
// by main's thread. Control reactor only, but for what says otherwise.

#include <pthread.h>
#include <sys/un.h>

#include <semaphore>
#include <string>

#include "base/intrusive_list.h"
#include "keeper/packet_message.h"
#include "reactor/reactor.h"

namespace laneway {

class KeeperLink {
 public:
  // Whoever has an item at the keeper.
  class Member : public ListNode<Member> {
   public:
    // The keeper is another one, which has nothing yet.
    virtual void keeper_renewed() = 0;
    // All that there is to hold was sent to the keeper of now.
    virtual bool is_kept() const = 0;

   protected:
    ~Member() = default;
  };
  // Whoever waits for an answer of this keeper; told once, and forgotten.
  class Asker : public ListNode<Asker> {
   public:
    virtual uint64_t question() const = 0;
    virtual void answered(Packet packet) = 0;
    virtual void keeper_lost() = 0;

   protected:
    ~Asker() = default;
  };

  struct Sockets {
    UniqueFd connected;  // that the first words were said on (KeeperClient)
    UniqueFd spare;      // for a connection to a later keeper
  };
  // Main's thread, which gets SIGTERM where the keeper says to hand over. A later keeper listens at `path`.
  KeeperLink(Reactor& control, Sockets sockets, const std::string& path, std::string engine_version);
  // Any thread but the control reactor's; waits for what is under way. Nobody uses the link any more.
  ~KeeperLink();
  KeeperLink(const KeeperLink&) = delete;
  KeeperLink& operator=(const KeeperLink&) = delete;

  Reactor& reactor() { return reactor_; }  // any thread
  // How far what guests need is in the keeper's hands.
  enum class Holding : uint8_t {
    nothing,     // there is no keeper
    some,        // the rest is on its way
    everything,  // a successor could go on with all devices
  };
  Holding holding();
  void join(Member& member) { members_.push_back(member); }
  void expect(Asker& asker) { askers_.push_back(asker); }

  // The socket, or -1 while there is no keeper. Who starts a send on it says so, and says how it ended.
  int socket() const { return is_connected_ ? socket_.get() : -1; }
  uint64_t epoch() const { return epoch_; }  // another one with every connection
  void begin_use() { ++uses_; }
  void end_use(bool has_failed);
  // Something changed that no keeper knows of: the mark, a file, says so from now on.
  void diverge();
  void use_mark(int file) { mark_ = file; }
  // For a part of an item, beside which there is room for all notes, which never wait then.
  bool has_room() const;

 private:
  void begin();
  void start_receive();
  void received(int32_t result);
  void take(Packet packet);
  void lose();
  void end();
  void look_for_end();
  void connect_again();
  void connected(int32_t result);
  void greet_again();

  // Fixed after construction
  Reactor& reactor_;
  const pthread_t main_;
  const std::string path_;
  const sockaddr_un address_;
  const std::string engine_version_;

  // Control reactor only
  UniqueFd socket_;
  UniqueFd spare_;
  bool is_connected_ = true;
  bool is_ending_ = false;
  uint64_t epoch_ = 1;
  uint32_t uses_ = 0;
  int mark_ = -1;
  IntrusiveList<Member, Member> members_;
  IntrusiveList<Asker, Asker> askers_;
  IncomingPacket incoming_;
  KernelOp receive_{this, done_by<&KeeperLink::received>};
  KernelOp connect_{this, done_by<&KeeperLink::connected>};
  Timer retry_timer_{this, fire_by<&KeeperLink::connect_again>};
  std::binary_semaphore has_ended_{0};
};

}  // namespace laneway
