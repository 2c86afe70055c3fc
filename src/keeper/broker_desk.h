#pragma once
// BrokerDesk carries out an engine's requests, each in a child process of its own: a file system that hangs, or a name
// server that does not answer, holds up nobody. A child reaches what an engine without a broker could (Landlock), and
// answers on the engine's connection itself. Owned by the keeper; its thread.

#include <sys/types.h>

#include <deque>
#include <string>
#include <vector>

#include "keeper/broker_request.h"

namespace laneway {

class BrokerDesk {
 public:
  // `own_directory` is the engine's and ours.
  explicit BrokerDesk(std::string own_directory) : own_directory_(std::move(own_directory)) {}

  struct Refusal {
    uint64_t question;
    Error error;
  };

  // The answer comes on the connection, or is refused at once.
  std::vector<Refusal> take(const Packet& packet, int connection);
  // After SIGCHLD: children that ended without an answer, and what waited and cannot be carried out.
  std::vector<Refusal> look_after(int connection);
  // The engine is another one: nobody waits for these any more.
  void forget();

 private:
  struct Waiting {
    uint64_t question;
    BrokerRequest request;
  };
  struct Child {
    pid_t pid;
    uint64_t question;
    bool is_forgotten = false;
  };
  void start_waiting(int connection, std::vector<Refusal>& refusals);

  static constexpr size_t kChildrenMax = 16;
  static constexpr size_t kWaitingMax = 1024;
  const std::string own_directory_;
  std::deque<Waiting> waiting_;
  std::vector<Child> children_;
};

}  // namespace laneway
