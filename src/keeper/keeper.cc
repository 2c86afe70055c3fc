#include "keeper/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/log.h"
#include "keeper/engine_lock.h"

namespace laneway {

namespace {

constexpr uint64_t kLockPauseNs = 20 * kMillisecond;   // between two looks at a lock that another engine holds
constexpr uint64_t kEndPatienceNs = 10 * kSecond;      // for an engine that was asked to end
constexpr uint64_t kFarewellPatienceNs = 5 * kSecond;  // for a manager that is slow to take what it is to hold
constexpr int kFarewellPauseMs = 100;
constexpr uint32_t kPacketsATurn = 64;
constexpr uint32_t kAllPackets = UINT32_MAX;
constexpr int kUsage = 2;

Result<UniqueFd> take_over_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int each : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&signals, each);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(ErrorCode::io, "No signals can be received: {}.", errno_text(errno));
  return fd;
}

}  // namespace

Result<std::unique_ptr<Keeper>> Keeper::open(const KeeperOptions& options, Clock& clock) {
  auto keeper = std::unique_ptr<Keeper>(new Keeper(options, clock));
  Result<KeeperListener> listener = listen_as_keeper(options.socket_path());
  if (!listener) return pass_on(listener);
  keeper->listener_ = std::move(*listener);
  Result<UniqueFd> signals = take_over_signals();
  if (!signals) return pass_on(signals);
  keeper->signals_ = std::move(*signals);
  std::vector<NamedFd> held = descriptors_of_environment();
  if (keeper->mirror_ == nullptr) return keeper;
  for (KeptItem& item : keeper->mirror_->take(std::move(held))) keeper->store_.adopt(std::move(item));
  return keeper;
}

Keeper::Keeper(const KeeperOptions& options, Clock& clock)
    : options_(options),
      lock_path_(engine_lock_path(options.socket_path())),
      clock_(clock),
      manager_(service_manager_of_environment()),
      mirror_(manager_ != nullptr ? std::make_unique<DescriptorStore>(*manager_) : nullptr),
      watchdog_(Watchdog::of_environment()),
      store_(mirror_.get()),
      broker_(options.run_dir),
      program_{options.program} {}

Keeper::~Keeper() { (void)::unlink(options_.socket_path().c_str()); }

int Keeper::run() {
  if (is_engine_lock_held(lock_path_)) log_info("An engine serves already; waiting for it to connect");
  while (!is_over_) {
    wait(turn_timeout_ms());
    take_signals();
    if (mirror_ != nullptr) mirror_->flush();
    if (manager_ != nullptr) watchdog_.tell_if_due(*manager_, clock_.now_ns());
    accept_connections();
    if (engine_ != nullptr) look_after(*engine_);
    if (upgrade_ != nullptr) look_after_successor();
    end_others();
    fire_timers();
  }
  say_farewell();
  return exit_code_;
}

// The loop

int Keeper::turn_timeout_ms() const {
  uint64_t until_ns = manager_ != nullptr ? watchdog_.due_ns() : kNever;
  if (engine_ == nullptr) until_ns = std::min(until_ns, start_at_ns_);
  if (engine_ != nullptr && engine_->patience_until_ns != 0) {
    until_ns = std::min(until_ns, engine_->patience_until_ns);
  }
  if (upgrade_ != nullptr) until_ns = std::min(until_ns, upgrade_->successor().patience_until_ns);
  if (until_ns == kNever) return -1;
  const uint64_t now_ns = clock_.now_ns();
  return until_ns <= now_ns ? 0 : static_cast<int>((until_ns - now_ns) / kMillisecond + 1);
}

void Keeper::wait(int timeout_ms) {
  std::vector<pollfd> watched;
  watched.push_back({signals_.get(), POLLIN, 0});
  watched.push_back({listener_.socket.get(), POLLIN, 0});
  for (EngineSession* session : {engine_.get(), upgrade_ != nullptr ? &upgrade_->successor() : nullptr}) {
    if (session == nullptr) continue;
    const int16_t sending = session->has_unsent() ? POLLOUT : 0;
    watched.push_back({session->process().pidfd(), POLLIN, 0});
    watched.push_back({session->connection(), static_cast<int16_t>(POLLIN | sending), 0});
  }
  if (mirror_ != nullptr && mirror_->has_unsent()) watched.push_back({manager_->descriptor(), POLLOUT, 0});
  (void)::poll(watched.data(), watched.size(), timeout_ms);
}

void Keeper::take_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof(signal)) == sizeof(signal)) {
    if (signal.ssi_signo != SIGCHLD) {
      stop();
    } else {
      refuse(broker_.look_after(engine_ != nullptr ? engine_->connection() : -1));
    }
  }
}

void Keeper::accept_connections() {
  for (;;) {
    UniqueFd connection(::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection) return;
    Result<pid_t> pid = admitted_peer(connection.get());
    if (pid) admit(std::move(connection), *pid);
  }
}

// Only engines that this keeper started are let in, and the one that serves already where a keeper starts late.
void Keeper::admit(UniqueFd connection, pid_t pid) {
  if (engine_ == nullptr && is_engine_lock_held(lock_path_)) {
    Result<std::unique_ptr<EngineProcess>> process = EngineProcess::adopt(pid);
    if (process) engine_ = std::make_unique<EngineSession>(std::move(*process));
  }
  if (engine_ != nullptr && engine_->process().pid() == pid) {
    engine_->attach(std::move(connection));
  } else if (upgrade_ != nullptr && upgrade_->successor().process().pid() == pid) {
    upgrade_->successor().attach(std::move(connection));
  } else {
    log_warning("Process {} connected, which is not the engine of this keeper; it is turned away", pid);
  }
}

void Keeper::fire_timers() {
  const uint64_t now_ns = clock_.now_ns();
  if (engine_ == nullptr) {
    if (is_stopping_) {
      is_over_ = true;
    } else if (now_ns >= start_at_ns_) {
      start_engine();
    }
    return;
  }
  if (engine_->patience_until_ns != 0 && now_ns >= engine_->patience_until_ns) {
    log_warning("The engine (process {}) did not {} in time; it is killed", engine_->process().pid(),
                engine_->is_handing_over ? "end" : "serve");
    engine_->process().signal(SIGKILL);
    engine_->patience_until_ns = 0;
  }
}

void Keeper::stop() {
  if (is_stopping_) return;
  is_stopping_ = true;
  tell_manager("STOPPING=1");
  give_up_upgrade();
  if (engine_ == nullptr) return;
  log_info("Stopping; the engine hands over what it has");
  if (engine_->connection() >= 0) {
    engine_->post({.kind = PacketKind::hand_over});
  } else {
    engine_->process().signal(SIGTERM);
  }
  engine_->is_handing_over = true;
  engine_->patience_until_ns = clock_.now_ns() + kEndPatienceNs;
}

void Keeper::tell_manager(std::string message) {
  if (mirror_ != nullptr) mirror_->tell(std::move(message));
}

// What the manager holds is all that the next keeper has. One that does not listen is not waited for.
void Keeper::say_farewell() {
  const uint64_t until_ns = clock_.now_ns() + kFarewellPatienceNs;
  while (mirror_ != nullptr && mirror_->has_unsent() && clock_.now_ns() < until_ns) {
    pollfd watched{manager_->descriptor(), POLLOUT, 0};
    (void)::poll(&watched, 1, kFarewellPauseMs);
    mirror_->flush();
  }
}

// The engine

std::vector<std::string> Keeper::engine_arguments() const {
  std::vector<std::string> out = {"--keeper", options_.socket_path()};
  out.insert(out.end(), options_.arguments.begin(), options_.arguments.end());
  return out;
}

void Keeper::start_engine() {
  const uint64_t now_ns = clock_.now_ns();
  if (is_engine_lock_held(lock_path_)) {
    start_at_ns_ = now_ns + kLockPauseNs;
    return;
  }
  Result<std::unique_ptr<EngineProcess>> process = EngineProcess::start(program_, engine_arguments(), -1);
  policy_.started(now_ns);
  if (!process) {
    start_at_ns_ = now_ns + std::max(policy_.died(now_ns), kLockPauseNs);
    log_error("The engine cannot be started: {}; it is tried again", process.error().message);
    return;
  }
  engine_ = std::make_unique<EngineSession>(std::move(*process));
}

void Keeper::look_after(EngineSession& session) {
  const bool has_ended = session.process().has_ended();
  // What it sent before it ended is in the socket, and all of it counts.
  if (!take_packets(session, has_ended ? kAllPackets : kPacketsATurn)) session.detach();
  if (has_ended) {
    engine_ended();
    return;
  }
  if (session.has_handed_over && !is_stopping_) {
    const pid_t pid = session.process().pid();
    session.patience_until_ns = clock_.now_ns() + kEndPatienceNs;
    ending_.push_back(std::move(engine_));
    end_in_order(pid);
    return;
  }
  if (Result<void> flushed = session.flush(store_); !flushed) session.detach();
}

bool Keeper::take_packets(EngineSession& session, uint32_t most) {
  for (uint32_t taken = 0; taken < most; ++taken) {
    Result<std::optional<Packet>> packet = session.receive();
    if (!packet && packet.error().code == ErrorCode::unreachable) return false;
    if (packet && !packet->has_value()) return true;
    Result<void> done;
    if (!packet) {
      done = pass_on(packet);
    } else {
      done = &session == engine_.get() ? take(**packet) : take_of_successor(**packet);
    }
    if (done) continue;
    log_warning("The engine (process {}) sent what makes no sense: {}; its connection is ended",
                session.process().pid(), done.error().message);
    return false;
  }
  return true;
}

Result<void> Keeper::take(Packet& packet) {
  EngineSession& session = *engine_;
  switch (packet.kind) {
    case PacketKind::hello:
      greet(session, packet);
      return {};
    case PacketKind::hello_again:
      continue_with(session, packet);
      return {};
    case PacketKind::put:
    case PacketKind::note:
    case PacketKind::drop:
      return store_.take(std::move(packet));
    case PacketKind::restoring:
      policy_.restoring(packet.key);
      return {};
    case PacketKind::served:
      engine_served(session);
      return {};
    case PacketKind::handed_over:
      session.has_handed_over = true;
      if (packet.number != 0 && packet.number <= clock_.now_ns()) idle_since_ns_ = packet.number;
      return {};
    case PacketKind::ask:
      refuse(broker_.take(packet, session.connection()));
      return {};
    case PacketKind::upgrade:
      begin_upgrade(packet);
      return {};
    case PacketKind::release:
      policy_.release(packet.key);
      return {};
    default:
      return {};  // of a later version
  }
}

// A new engine: everything that is held goes to it.
void Keeper::greet(EngineSession& session, const Packet& hello) {
  log_info("Engine {} (process {}) starts; {} items are held for it", text_of(hello.bytes), session.process().pid(),
           store_.items().size());
  // Now: an engine that has confined itself hides its file from others of its user.
  note_program(session);
  welcome(session, policy_.is_careful() ? uint64_t{kWelcomeCareful} : 0);
  for (const std::string& key : policy_.quarantined()) session.post({.kind = PacketKind::quarantined, .key = key});
  session.post_items();
  session.post({.kind = PacketKind::end_of_items, .number = idle_since_ns_});
}

void Keeper::note_program(EngineSession& session) {
  EngineProgram program = session.process().program();
  if (program.executable) program_ = std::move(program);
}

void Keeper::welcome(EngineSession& session, uint64_t flags) {
  const UniqueFd spare = make_keeper_socket();
  const int number = spare.get();
  session.post({.kind = PacketKind::welcome, .number = flags, .descriptors = {&number, spare ? 1u : 0u}});
}

// An engine that outlived its keeper: what it puts again is all there is.
void Keeper::continue_with(EngineSession& session, const Packet& hello) {
  log_info("Engine {} (process {}) serves already and puts its items again", text_of(hello.bytes),
           session.process().pid());
  store_.forget_unfinished();
  store_.drop_all();
  welcome(session, 0);
  policy_.started(clock_.now_ns());
  engine_served(session);
}

void Keeper::engine_served(EngineSession& session) {
  policy_.served();
  session.has_served = true;
  if (!session.is_handing_over) session.patience_until_ns = 0;
  if (!has_ever_served_) tell_manager("READY=1");
  has_ever_served_ = true;
  idle_since_ns_ = 0;
}

// Processes that have nothing to do with what is served any more.
void Keeper::end_others() {
  const uint64_t now_ns = clock_.now_ns();
  for (const auto& each : ending_) {
    if (each->patience_until_ns != 0 && now_ns >= each->patience_until_ns) each->process().signal(SIGKILL);
  }
  std::erase_if(ending_, [](const auto& each) { return each->process().has_ended(); });
}

void Keeper::engine_ended() {
  const uint64_t now_ns = clock_.now_ns();
  const pid_t pid = engine_->process().pid();
  const int exit_code = engine_->process().exit_code();
  const bool has_served = engine_->has_served;
  const bool is_in_order = exit_code == 0 && has_served;
  engine_.reset();
  if (is_stopping_) {
    is_over_ = true;
    return;
  }
  if (is_in_order || upgrade_ != nullptr) {
    end_in_order(pid);
    return;
  }
  if (is_start_hopeless(exit_code)) {
    exit_code_ = exit_code;
    is_over_ = true;
    return;
  }
  forget_engine();
  // How one that an earlier keeper started has ended is not told to us.
  const bool is_killed = exit_code == 128 + SIGKILL || exit_code == -1;
  const uint64_t pause_ns = is_killed ? policy_.killed(now_ns) : policy_.died(now_ns);
  end_probation(has_served);
  log_error("The engine (process {}) died ({}); the next one starts in {} ms", pid, exit_code, pause_ns / kMillisecond);
  start_at_ns_ = now_ns + pause_ns;
}

// What it began and did not end is nobody's.
void Keeper::forget_engine() {
  store_.forget_unfinished();
  broker_.forget();
  if (idle_since_ns_ == 0 && has_ever_served_) idle_since_ns_ = clock_.now_ns();
}

void Keeper::end_in_order(pid_t pid) {
  forget_engine();
  if (upgrade_ != nullptr) {
    promote_successor();
    return;
  }
  policy_.ended_in_order();
  program_ = EngineProgram{program_.path};  // what is at the path now
  log_info("The engine (process {}) handed over; the next one starts", pid);
  start_at_ns_ = clock_.now_ns();
}

void Keeper::refuse(const std::vector<BrokerDesk::Refusal>& refusals) {
  for (const BrokerDesk::Refusal& each : refusals) answer(each.question, tl::unexpected<Error>(each.error));
}

// Bad options, a state directory in use: the engine has said so, and another attempt ends the same way.
bool Keeper::is_start_hopeless(int exit_code) const {
  return !has_ever_served_ && store_.items().empty() && (exit_code == 1 || exit_code == kUsage);
}

}  // namespace laneway
