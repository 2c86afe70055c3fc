#include "sim/sim_network.h"

#include <netinet/in.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "sim/engine_descriptors.h"

namespace laneway::sim {

namespace {

uint16_t port_of(const sockaddr* address) {
  sockaddr_in internet;
  LW_ASSERT(address->sa_family == AF_INET);
  std::memcpy(&internet, address, sizeof(internet));
  return ntohs(internet.sin_port);
}

}  // namespace

SimNetwork::~SimNetwork() = default;

UniqueFd SimNetwork::open_socket() {
  UniqueFd fd = give_to_engine(UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
  sockets_[fd.get()] = std::make_unique<Socket>();
  return fd;
}

uint64_t SimNetwork::delay() {
  uint64_t chosen = options_.delay_min_ns + random_.below(options_.delay_max_ns - options_.delay_min_ns + 1);
  if (random_.one_in(50)) chosen *= 20;
  return chosen;
}

size_t SimNetwork::piece_size(size_t available) {
  if (options_.tiny_piece_one_in > 0 && random_.one_in(options_.tiny_piece_one_in)) {
    return std::min<size_t>(available, 1 + random_.below(60));
  }
  return std::min<size_t>(available, 1 + random_.below(options_.piece_bytes_max));
}

void SimNetwork::put(Stream& stream, ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView part = bytes.first(piece_size(bytes.size()));
    bytes = bytes.subspan(part.size());
    stream.last_due_ns = std::max(stream.last_due_ns, clock_.now_ns() + delay());
    stream.pieces.push_back({stream.last_due_ns, {part.begin(), part.end()}});
    stream.in_flight += part.size();
  }
}

void SimNetwork::put_end(Stream& stream, uint64_t extra_ns) {
  stream.last_due_ns = std::max(stream.last_due_ns, clock_.now_ns() + delay() + extra_ns);
  stream.pieces.push_back({stream.last_due_ns, {}});
}

std::optional<int32_t> SimNetwork::connect(int fd, const sockaddr* address) {
  Socket& socket = *sockets_.at(fd);
  if (connects_hang_) return std::nullopt;
  const auto server = servers_.find(port_of(address));
  const bool is_reachable = is_reachable_ && unreachable_.count(port_of(address)) == 0;
  if (!is_reachable || server == servers_.end()) return -ECONNREFUSED;
  if (socket.is_shut) return -ECONNABORTED;
  socket.target = server->second;
  socket.port = server->first;
  socket.far_end = socket.target->connect(clock_.now_ns(), target_ports_.at(server->first));
  socket.is_connected = true;
  return 0;
}

std::optional<int32_t> SimNetwork::receive(int fd, const msghdr& message) {
  Socket& socket = *sockets_.at(fd);
  if (socket.is_shut) return 0;
  if (socket.is_reset) return -ECONNRESET;
  if (socket.arrived.empty()) return socket.is_at_end ? std::optional<int32_t>(0) : std::nullopt;
  size_t left = piece_size(socket.arrived.size());
  int32_t total = 0;
  for (size_t i = 0; i < message.msg_iovlen && left > 0; ++i) {
    const size_t part = std::min(left, message.msg_iov[i].iov_len);
    std::copy_n(socket.arrived.begin(), part, static_cast<uint8_t*>(message.msg_iov[i].iov_base));
    socket.arrived.erase(socket.arrived.begin(), socket.arrived.begin() + static_cast<std::ptrdiff_t>(part));
    left -= part;
    total += static_cast<int32_t>(part);
  }
  if (socket.far_end) collect_output(socket);
  return total;
}

std::optional<int32_t> SimNetwork::send(int fd, const msghdr& message) {
  Socket& socket = *sockets_.at(fd);
  if (socket.is_reset) return -ECONNRESET;
  if (!socket.is_connected || socket.is_shut || socket.is_at_end) return -EPIPE;
  if (socket.to_target.in_flight >= options_.in_flight_bytes_max) return std::nullopt;
  size_t available = 0;
  for (size_t i = 0; i < message.msg_iovlen; ++i) available += message.msg_iov[i].iov_len;
  size_t left = random_.one_in(4) ? piece_size(available) : available;
  left = std::min<size_t>(left, options_.in_flight_bytes_max - socket.to_target.in_flight);
  const auto total = static_cast<int32_t>(left);
  std::vector<uint8_t> gathered;
  gathered.reserve(left);
  for (size_t i = 0; i < message.msg_iovlen && left > 0; ++i) {
    const size_t part = std::min(left, message.msg_iov[i].iov_len);
    const auto* from = static_cast<const uint8_t*>(message.msg_iov[i].iov_base);
    gathered.insert(gathered.end(), from, from + part);
    left -= part;
  }
  put(socket.to_target, gathered);
  return total;
}

void SimNetwork::shut_down(int fd) {
  Socket& socket = *sockets_.at(fd);
  if (socket.is_shut) return;
  socket.is_shut = true;
  if (socket.is_connected && !socket.is_reset) put_end(socket.to_target, 0);
}

void SimNetwork::close(int fd) {
  shut_down(fd);
  auto node = sockets_.extract(fd);
  node.mapped()->is_abandoned = true;
  if (!is_over(*node.mapped())) abandoned_.push_back(std::move(node.mapped()));
}

bool SimNetwork::can_send(int fd) const {
  const Socket& socket = *sockets_.at(fd);
  return socket.is_reset || !socket.is_connected || socket.to_target.in_flight < options_.in_flight_bytes_max;
}

void SimNetwork::kill_all(Arrival arrival) {
  for (auto& [fd, socket] : sockets_) {
    Stream& out = socket->to_target;
    if (arrival == Arrival::none) out.pieces.clear();
    if (arrival == Arrival::some) out.pieces.resize(random_.below(out.pieces.size() + 1));
    if (socket->is_connected && !socket->is_reset && !socket->is_shut) put_end(out, random_.below(kMillisecond));
    socket->is_shut = socket->is_abandoned = true;
    if (!is_over(*socket)) abandoned_.push_back(std::move(socket));
  }
  sockets_.clear();
}

void SimNetwork::reset(Socket& socket) {
  if (!socket.is_connected || socket.is_reset) return;
  socket.is_reset = true;
  put_end(socket.to_target, random_.below(100 * kMillisecond));
}

void SimNetwork::reset_all() {
  for (const auto& [fd, socket] : sockets_) reset(*socket);
}

void SimNetwork::reset(uint16_t port) {
  for (const auto& [fd, socket] : sockets_) {
    if (socket->port == port) reset(*socket);
  }
}

void SimNetwork::swallow(uint16_t port) {
  for (const auto& [fd, socket] : sockets_) {
    if (socket->is_connected && socket->port == port) socket->is_swallowing = true;
  }
}

void SimNetwork::set_reachable(uint16_t port, bool is_reachable) {
  if (is_reachable) {
    unreachable_.erase(port);
  } else {
    unreachable_.insert(port);
  }
}

void SimNetwork::swallow_all() {
  for (const auto& [fd, socket] : sockets_) {
    if (socket->is_connected) socket->is_swallowing = true;
  }
}

void SimNetwork::stall(uint64_t until_ns) { stalled_until_ns_ = std::max(stalled_until_ns_, until_ns); }

size_t SimNetwork::open_connections() const {
  return static_cast<size_t>(std::count_if(sockets_.begin(), sockets_.end(), [](const auto& entry) {
    return entry.second->is_connected && !entry.second->is_reset && !entry.second->is_swallowing;
  }));
}

uint64_t SimNetwork::next_event_ns() const {
  uint64_t next_ns = kNever;
  const auto look = [&](const Socket& socket) {
    if (socket.is_swallowing) return;
    for (const Stream* stream : {&socket.to_target, &socket.to_engine}) {
      if (!stream->pieces.empty()) {
        next_ns = std::min(next_ns, std::max(stalled_until_ns_, stream->pieces.front().due_ns));
      }
    }
  };
  for (const auto& [fd, socket] : sockets_) look(*socket);
  for (const auto& socket : abandoned_) look(*socket);
  for (const auto& [port, target] : servers_) next_ns = std::min(next_ns, target->next_deadline_ns());
  return next_ns;
}

void SimNetwork::act(uint64_t now_ns) {
  for (const auto& [port, target] : servers_) target->on_time(now_ns);
  if (now_ns >= stalled_until_ns_) {
    for (const auto& [fd, socket] : sockets_) deliver(*socket, now_ns);
    for (const auto& socket : abandoned_) deliver(*socket, now_ns);
  }
  collect_all();
  if (listener != nullptr) listener->targets_acted();
  std::erase_if(abandoned_, [](const auto& socket) { return is_over(*socket); });
}

void SimNetwork::deliver(Socket& socket, uint64_t now_ns) {
  if (socket.is_swallowing) return;
  auto& out = socket.to_target;
  while (!out.pieces.empty() && out.pieces.front().due_ns <= now_ns) {
    const Piece piece = std::move(out.pieces.front());
    out.pieces.pop_front();
    out.in_flight -= piece.bytes.size();
    bytes_carried_ += piece.bytes.size();
    if (!socket.far_end) continue;
    if (piece.bytes.empty()) {
      socket.far_end->closed();
      socket.far_end.reset();
    } else {
      socket.far_end->received(piece.bytes, now_ns);
    }
  }
  auto& in = socket.to_engine;
  while (!in.pieces.empty() && in.pieces.front().due_ns <= now_ns) {
    const Piece piece = std::move(in.pieces.front());
    in.pieces.pop_front();
    in.in_flight -= piece.bytes.size();
    bytes_carried_ += piece.bytes.size();
    if (piece.bytes.empty()) socket.is_at_end = true;
    socket.arrived.insert(socket.arrived.end(), piece.bytes.begin(), piece.bytes.end());
  }
}

void SimNetwork::collect_output(Socket& socket) {
  if (!socket.far_end) return;
  while (!socket.far_end->output().empty()) {
    const uint64_t held = socket.to_engine.in_flight + socket.arrived.size();
    if (held >= options_.in_flight_bytes_max && !socket.is_abandoned) return;
    const ByteView bytes = socket.far_end->output();
    const ByteView part = bytes.first(std::min<size_t>(bytes.size(), options_.in_flight_bytes_max));
    if (!socket.is_swallowing && !socket.is_abandoned) put(socket.to_engine, part);
    socket.far_end->sent(part.size());
  }
  if (!socket.far_end->is_finished()) return;
  socket.far_end.reset();
  if (!socket.has_sent_end) put_end(socket.to_engine, 0);
  socket.has_sent_end = true;
}

void SimNetwork::collect_all() {
  for (const auto& [fd, socket] : sockets_) collect_output(*socket);
  for (const auto& socket : abandoned_) collect_output(*socket);
}

}  // namespace laneway::sim
