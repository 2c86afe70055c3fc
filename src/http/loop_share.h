#pragma once
// LoopShare is what the server's connections have in common: the event loop, the handler, the pools, limits and counts.
// Owned by the server (server_loop.h). HTTP thread, except where a member says otherwise.

#include <array>
#include <atomic>
#include <memory>

#include "base/clock.h"
#include "http/asio_types.h"
#include "http/server.h"
#include "http/worker_pool.h"

namespace laneway {

struct LoopCounts {  // any thread (atomic): statistics that order nothing
  std::atomic<uint64_t> connections{0};
  std::atomic<uint64_t> streams{0};
  std::atomic<uint64_t> tunnels{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> turned_away{0};
  std::atomic<uint64_t> timed_out{0};
  std::atomic<uint64_t> lagging{0};
};

struct LoopShare {
  LoopShare(const HttpServerOptions& given, HttpHandler& given_handler)
      : options(given),
        handler(given_handler),
        pools{std::make_unique<WorkerPool>(given.pools.store_threads, given.pools.waiting_max),
              std::make_unique<WorkerPool>(given.pools.engine_threads, given.pools.waiting_max),
              std::make_unique<WorkerPool>(given.pools.machines_threads, given.pools.waiting_max),
              std::make_unique<WorkerPool>(given.pools.passwords_threads, given.pools.waiting_max)} {}

  WorkerPool& pool(BlockingPool subject) { return *pools.at(static_cast<size_t>(subject)); }
  const HttpLimits& limits() const { return options.limits; }

  const HttpServerOptions options;
  HttpHandler& handler;
  asio::io_context io{1};  // one thread runs it, any may post
  MonotonicClock clock;
  LoopCounts counts;
  bool is_stopping = false;
  uint64_t bodies_bytes = 0;                         // what the bodies of requests under way may come to
  std::array<std::unique_ptr<WorkerPool>, 4> pools;  // by BlockingPool; joined before the loop goes
};

}  // namespace laneway
