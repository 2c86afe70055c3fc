#pragma once
// RpcServer answers JSON-RPC calls on a unix socket that only the engine's own user and root may use: one thread
// accepts, a fixed number of threads carry one connection each; a further connection is told that the engine is busy. A
// connection ends when it says nothing, or does not take its answer, for a time limit. Owned by main; service calls
// come on its threads.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/units.h"
#include "rpc/json.h"
#include "rpc/line_channel.h"

namespace laneway {

// What the server offers. Called on several threads at once; may block for a bounded time.
class RpcService {
 public:
  virtual bool has_method(std::string_view method) const = 0;
  virtual Result<Json> call(const std::string& method, const Json& params) = 0;

 protected:
  ~RpcService() = default;
};

class RpcServer {
 public:
  struct Options {
    std::string socket_path;
    uint32_t connections_max = 16;
    uint64_t idle_limit_ns = 60 * kSecond;  // between a connection's calls
    uint64_t write_limit_ns = 10 * kSecond;
  };

  // A listening socket at the path, for one server or several after each other.
  static Result<UniqueFd> listen(const std::string& socket_path);
  // Listens and starts the threads; `service` outlives the server.
  static Result<std::unique_ptr<RpcServer>> open(const Options& options, RpcService& service);
  // The same on a socket that listens already.
  static Result<std::unique_ptr<RpcServer>> open(const Options& options, RpcService& service, UniqueFd listener);
  // Ends all connections after the call that each is in, joins the threads and removes the socket file.
  ~RpcServer();
  // The socket file stays at the end: another server continues with the socket, which holds who connects meanwhile.
  void leave_socket() { is_socket_left_ = true; }
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

 private:
  RpcServer(const Options& options, RpcService& service, UniqueFd listener, UniqueFd stop_event);

  void accept_connections();
  bool wait_for_connection() const;
  void admit(UniqueFd connection);
  bool take_place();
  void carry_connections();
  void serve(LineChannel& channel);
  std::string answer(std::string_view line);

  // Fixed after construction
  const Options options_;
  RpcService& service_;
  UniqueFd listener_;
  UniqueFd stop_event_;
  std::vector<std::thread> threads_;

  // Any thread, under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;
  bool is_socket_left_ = false;    // owner's thread
  uint32_t open_count_ = 0;        // waiting or being served
  std::deque<UniqueFd> waiting_;   // accepted, not yet taken by a thread
  std::vector<int> being_served_;  // to shut them down at the end
};

}  // namespace laneway
