#include "frontend/vhost_blk_function.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <semaphore>

#include "frontend/vhost_blk_service.h"

namespace laneway {

namespace {

Result<void> check_options(const VhostBlkOptions& options) {
  if (options.queues == 0 || options.queues > VhostBlkOptions::kQueuesMax) {
    return fail(ErrorCode::invalid_argument, "a function has 1 to {} queues, not {}", VhostBlkOptions::kQueuesMax,
                options.queues);
  }
  if (options.queue_size_max < 4 || options.queue_size_max > VhostBlkOptions::kQueueSizeMax ||
      !std::has_single_bit(options.queue_size_max)) {
    return fail(ErrorCode::invalid_argument, "a queue size is a power of two from 4 to {}, not {}",
                VhostBlkOptions::kQueueSizeMax, options.queue_size_max);
  }
  if (options.serial.size() > VhostBlkOptions::kSerialBytesMax) {
    return fail(ErrorCode::invalid_argument, "the serial number '{}' has more than {} characters", options.serial,
                VhostBlkOptions::kSerialBytesMax);
  }
  return {};
}

// True where nobody listens at a socket's path any more.
bool is_dead_socket(const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(address.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // SAFE: the sockets API takes every address as a sockaddr.
  return ::connect(probe.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof(address)) !=
             0 &&
         errno == ECONNREFUSED;
}

bool bind_to(const UniqueFd& fd, const sockaddr_un& address) {
  return ::bind(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof(address)) == 0;
}

}  // namespace

// A close asked for by any thread, carried out on the home reactor.
class VhostBlkFunction::Closing final : public Letter, public VhostBlkService::Owner {
 public:
  explicit Closing(VhostBlkFunction& function) : function_(function) {}
  void begin(CloseListener& listener) {
    listener_ = &listener;
    function_.reactor_.post(*this);
  }
  void deliver() override { function_.service_->close(); }
  void service_closed() override { listener_->closed(function_); }
  // Release: what the reactor did is visible to who waits; pairs with the acquire in await_hand_over().
  void service_handed_over(bool is_at_rest) override {
    is_at_rest_ = is_at_rest;
    is_handed_over_.release();
  }
  bool await_hand_over() {
    is_handed_over_.acquire();
    return is_at_rest_;
  }

 private:
  VhostBlkFunction& function_;
  CloseListener* listener_ = nullptr;
  bool is_at_rest_ = false;
  std::binary_semaphore is_handed_over_{0};
};

Result<UniqueFd> VhostBlkFunction::listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail(ErrorCode::invalid_argument,
                "the socket path '{}' has {} characters, Linux allows 1 to {}; choose a shorter one with --socket",
                path, path.size(), sizeof(address.sun_path) - 1);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(ErrorCode::io, "cannot create a socket: {}", errno_text(errno));
  bool is_bound = bind_to(fd, address);
  if (!is_bound && errno == EADDRINUSE && is_dead_socket(address)) {
    ::unlink(path.c_str());
    is_bound = bind_to(fd, address);
  }
  if (!is_bound) {
    if (errno == EADDRINUSE) {
      return fail(ErrorCode::already_exists, "the socket path '{}' exists already; remove it or choose another one",
                  path);
    }
    return fail(errno == EACCES ? ErrorCode::permission_denied : ErrorCode::io, "cannot create the socket '{}': {}",
                path, errno_text(errno));
  }
  if (::chmod(path.c_str(), 0660) != 0 || ::listen(fd.get(), 4) != 0) {
    const int reason = errno;
    ::unlink(path.c_str());
    return fail(ErrorCode::io, "cannot listen at '{}': {}", path, errno_text(reason));
  }
  return fd;
}

VhostBlkFunction::VhostBlkFunction(Key /*key*/, const VhostBlkOptions& options, UniqueFd listener, BlockDevice& device,
                                   FunctionPlace place)
    : options_(options),
      reactor_(place.home),
      closing_(std::make_unique<Closing>(*this)),
      service_(std::make_unique<VhostBlkService>(VhostBlkService::Function{options_, device, stats_, log_gate_},
                                                 std::move(listener), std::move(place), *closing_)) {
  // A front-end that closed its end of a pipe costs an error, not the process.
  std::signal(SIGPIPE, SIG_IGN);
  service_->watch_disk();
}

VhostBlkFunction::~VhostBlkFunction() = default;

Result<std::unique_ptr<VhostBlkFunction>> VhostBlkFunction::open(const VhostBlkOptions& options, UniqueFd listener,
                                                                 BlockDevice& device, FunctionPlace place) {
  if (auto checked = check_options(options); !checked) return pass_on(checked);
  auto function = std::make_unique<VhostBlkFunction>(Key(), options, std::move(listener), device, std::move(place));
  function->reactor_.post(function->starting_);
  return function;
}

Result<std::unique_ptr<VhostBlkFunction>> VhostBlkFunction::restore(const VhostBlkOptions& options, UniqueFd listener,
                                                                    BlockDevice& device, FunctionPlace place,
                                                                    KeptDevice kept) {
  if (auto checked = check_options(options); !checked) return pass_on(checked);
  auto function = std::make_unique<VhostBlkFunction>(Key(), options, std::move(listener), device, std::move(place));
  Result<void> restored;
  run_on(function->reactor_, [&] { restored = function->service_->restore(std::move(kept)); });
  if (!restored) {
    function->close();
    return pass_on(restored);
  }
  return function;
}

void VhostBlkFunction::Starting::deliver() { function.service_->start(); }

void VhostBlkFunction::begin_close(CloseListener& listener) {
  service_->unwatch_disk();
  closing_->begin(listener);
}

void VhostBlkFunction::close() {
  struct Waiter final : CloseListener {
    // Release: what the reactor did is visible to the waiter; pairs with its acquire().
    void closed(VhostBlkFunction& /*function*/) override { is_closed.release(); }
    std::binary_semaphore is_closed{0};
  };
  Waiter waiter;
  begin_close(waiter);
  waiter.is_closed.acquire();
}

void VhostBlkFunction::begin_hand_over(uint64_t patience_ns) {
  run_on(reactor_, [&] { service_->hand_over(patience_ns); });
}

bool VhostBlkFunction::await_hand_over() { return closing_->await_hand_over(); }

FunctionStatsSnapshot VhostBlkFunction::stats() const { return stats_.snapshot(); }

bool VhostBlkFunction::is_attached() const { return service_->is_attached(); }

VhostBlkConnection VhostBlkFunction::connection() {
  VhostBlkConnection out;
  run_on(reactor_, [&] { out = service_->connection(); });
  return out;
}

bool VhostBlkFunction::move_rings(const std::vector<RequestPool*>& rings, uint64_t patience_ns) {
  struct Waiter final : VhostBlkService::MoveListener {
    // Release: the lanes that ended are gone for the waiter, too; pairs with its acquire.
    void rings_moved() override { is_moved.release(); }
    std::binary_semaphore is_moved{0};
  };
  Waiter waiter;
  run_on(reactor_, [&] { service_->place_rings(rings, &waiter); });
  if (waiter.is_moved.try_acquire_for(std::chrono::nanoseconds(patience_ns))) return true;
  run_on(reactor_, [&] { service_->stop_listening(); });
  return waiter.is_moved.try_acquire();
}

Result<DeviceRecord> VhostBlkFunction::record() {
  std::optional<Result<DeviceRecord>> out;
  run_on(reactor_, [&] { out.emplace(service_->record()); });
  return std::move(*out);
}

}  // namespace laneway
