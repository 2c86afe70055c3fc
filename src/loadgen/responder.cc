#include "loadgen/responder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "loadgen/cpu_pin.h"

namespace laneway {

namespace {

constexpr uint32_t kIdleTurnsMax = 20'000;  // polls before it sleeps
constexpr uint32_t kTurnsPerLook = 1'000;   // polls between two looks at the socket
constexpr size_t kDescriptorsMax = 8;

void signal(int descriptor) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof(one));
}

Result<UniqueFd> listen_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return fail(ErrorCode::invalid_argument, "{}: too long for a socket path", path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const void* raw = &address;
  if (!socket || ::bind(socket.get(), static_cast<const sockaddr*>(raw), sizeof(address)) != 0 ||
      ::listen(socket.get(), 1) != 0) {
    return fail(ErrorCode::io, "{}: cannot listen: {}", path, errno_text(errno));
  }
  return socket;
}

// Waits for the bytes; false where the connection ends first.
bool receive_exactly(int socket, ByteSpan out) {
  size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::recv(socket, out.data() + filled, out.size() - filled, 0);
    if (got == 0 || (got < 0 && errno != EINTR)) return false;
    if (got > 0) filled += static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<Responder>> Responder::start(const Options& options, RequestSink& sink) {
  auto listener = listen_on(options.path);
  if (!listener) return pass_on(listener);
  auto responder = std::unique_ptr<Responder>(new Responder(options, sink));
  responder->listener_ = std::move(*listener);
  responder->stop_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!responder->stop_) return fail(ErrorCode::io, "cannot make an event descriptor: {}", errno_text(errno));
  responder->thread_ = std::thread([self = responder.get()] { self->run(); });
  return responder;
}

Responder::~Responder() {
  is_stopping_ = true;
  signal(stop_.get());
  thread_.join();
}

void Responder::run() {
  if (options_.cpu >= 0) pin_to(options_.cpu);
  while (!is_stopping_) {
    std::array<pollfd, 2> entries{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (::poll(entries.data(), entries.size(), -1) <= 0 || entries[0].revents == 0) continue;
    connection_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection_) serve();
    disconnect();
  }
}

void Responder::disconnect() {
  rings_.clear();
  memory_.clear();
  connection_.reset();
}

void Responder::serve() {
  rings_.resize(options_.queues);
  uint32_t idle_turns = 0;
  uint32_t turns = 0;
  while (!is_stopping_) {
    bool has_worked = false;
    if (!poll_rings(has_worked)) return;
    idle_turns = has_worked ? 0 : idle_turns + 1;
    if (++turns % kTurnsPerLook == 0 && !take_messages()) return;
    if (idle_turns < kIdleTurnsMax) continue;
    if (!sleep_until_work() || !take_messages()) return;
    idle_turns = 0;
  }
}

bool Responder::poll_rings(bool& has_worked) {
  for (RingState& state : rings_) {
    if (!state.responder) continue;
    const int answered = state.responder->answer_all();
    if (answered < 0) return false;
    has_worked |= answered > 0;
    if (answered > 0 && state.responder->wants_call()) signal(state.call.get());
  }
  return true;
}

bool Responder::sleep_until_work() {
  std::vector<pollfd> entries{{connection_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  bool may_sleep = true;
  for (RingState& state : rings_) {
    if (!state.responder) continue;
    may_sleep &= state.responder->arm_kick();
    entries.push_back({state.kick.get(), POLLIN, 0});
  }
  if (may_sleep && ::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) return false;
  for (size_t i = 2; i < entries.size(); ++i) {
    uint64_t count = 0;
    if (entries[i].revents != 0 && ::read(entries[i].fd, &count, sizeof(count)) < 0) return false;
  }
  for (RingState& state : rings_) {
    if (state.responder) state.responder->disarm_kick();
  }
  return true;
}

bool Responder::take_messages() {
  while (true) {
    pollfd entry{connection_.get(), POLLIN, 0};
    if (::poll(&entry, 1, 0) <= 0) return true;
    Message message;
    if (!take(message) || !obey(message)) return false;
  }
}

bool Responder::take(Message& message) {
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(int) * kDescriptorsMax)> control{};
  iovec part{writable_bytes_of(message.header).data(), sizeof(message.header)};
  msghdr received{};
  received.msg_iov = &part;
  received.msg_iovlen = 1;
  received.msg_control = control.data();
  received.msg_controllen = control.size();
  // The client sends a message whole; its header does not come in pieces.
  if (::recvmsg(connection_.get(), &received, MSG_CMSG_CLOEXEC) != sizeof(message.header)) return false;
  for (cmsghdr* each = CMSG_FIRSTHDR(&received); each != nullptr; each = CMSG_NXTHDR(&received, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(each) + i * sizeof(int), sizeof(int));
      message.descriptors.emplace_back(descriptor);
    }
  }
  if (message.header.payload_bytes > kMessagePayloadMax) return false;
  message.payload.resize(message.header.payload_bytes);
  return receive_exactly(connection_.get(), message.payload);
}

uint64_t Responder::offered_features() const {
  uint64_t offered = virtio_feature::kVersion1 | virtio_feature::kIndirectDescriptors | virtio_feature::kEventIndex |
                     vhost_feature::kProtocolFeatures | blk_feature::kBlkSize | blk_feature::kMultiQueue;
  if (options_.is_read_only) offered |= blk_feature::kReadOnly;
  return offered & ~options_.withheld_features;
}

bool Responder::obey(Message& message) {
  const uint64_t protocol =
      (vhost_protocol::kMultiQueue | vhost_protocol::kReplyAck | vhost_protocol::kConfig | vhost_protocol::kInflight) &
      ~options_.withheld_protocol_features;
  switch (static_cast<VhostUserRequest>(message.header.request)) {
    case VhostUserRequest::get_features:
      return answer_number(message, offered_features());
    case VhostUserRequest::get_protocol_features:
      return answer_number(message, protocol);
    case VhostUserRequest::get_queue_num:
      return answer_number(message, options_.queues);
    case VhostUserRequest::get_config:
      return answer_config(message);
    case VhostUserRequest::get_inflight_fd:
      return answer_inflight(message);
    case VhostUserRequest::get_vring_base:
      return obey_ring(message);
    case VhostUserRequest::set_inflight_fd:
      break;  // taken and not kept: this server is never succeeded by another
    case VhostUserRequest::set_features:
      if (message.payload.size() == 8) features_ = load_le<uint64_t>(message.payload, 0);
      break;
    case VhostUserRequest::set_mem_table:
      if (!share_memory(message)) return false;
      break;
    default:
      if (message.payload.size() >= 8 && !obey_ring(message)) return false;
      break;
  }
  return (message.header.flags & kMessageNeedReply) == 0 || answer_number(message, 0);
}

bool Responder::obey_ring(Message& message) {
  VringStateWire state;
  if (!copy_out(message.payload, 0, state) || state.ring >= rings_.size()) return true;
  RingState& ring = rings_[state.ring];
  VringAddressWire addresses;
  switch (static_cast<VhostUserRequest>(message.header.request)) {
    case VhostUserRequest::set_vring_num:
      ring.ring.size = static_cast<uint16_t>(state.number);
      break;
    case VhostUserRequest::set_vring_addr:
      if (!copy_out(message.payload, 0, addresses)) return false;
      ring.ring.descriptors = UserAddr{addresses.descriptors};
      ring.ring.available = UserAddr{addresses.available};
      ring.ring.used = UserAddr{addresses.used};
      break;
    case VhostUserRequest::set_vring_kick:
      if (!message.descriptors.empty()) ring.kick = std::move(message.descriptors.front());
      break;
    case VhostUserRequest::set_vring_call:
      if (!message.descriptors.empty()) ring.call = std::move(message.descriptors.front());
      break;
    case VhostUserRequest::set_vring_enable:
      ring.ring.has_event_idx = (features_ & virtio_feature::kEventIndex) != 0;
      ring.responder = std::make_unique<RingResponder>(memory_, ring.ring, sink_);
      break;
    case VhostUserRequest::get_vring_base:
      state.number = ring.responder ? ring.responder->next_available() : 0;
      ring.responder.reset();
      return answer(message, bytes_of(state));
    default:
      break;
  }
  return true;
}

// An answer with a descriptor; without one where the test asked for that.
bool Responder::answer_inflight(const Message& message) {
  InflightWire wire;
  if (!copy_out(message.payload, 0, wire)) return false;
  wire.mmap_size_bytes = options_.has_no_inflight_file ? 0 : 4096;
  UniqueFd file(::memfd_create("laneway-bench-inflight", MFD_CLOEXEC));
  if (!file || ::ftruncate(file.get(), 4096) != 0) return false;
  const MessageHeaderWire header{message.header.request, kMessageVersion | kMessageReply, sizeof(wire)};
  std::array<uint8_t, sizeof(header) + sizeof(wire)> bytes{};
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), &wire, sizeof(wire));
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(int))> control{};
  iovec part{bytes.data(), bytes.size()};
  msghdr sent{};
  sent.msg_iov = &part;
  sent.msg_iovlen = 1;
  if (!options_.has_no_inflight_file) {
    sent.msg_control = control.data();
    sent.msg_controllen = control.size();
    cmsghdr* first = CMSG_FIRSTHDR(&sent);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = file.get();
    std::memcpy(CMSG_DATA(first), &fd, sizeof(fd));
  }
  return ::sendmsg(connection_.get(), &sent, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool Responder::answer(const Message& message, ByteView payload) {
  const MessageHeaderWire header{message.header.request, kMessageVersion | kMessageReply,
                                 static_cast<uint32_t>(payload.size())};
  std::vector<uint8_t> bytes(sizeof(header) + payload.size());
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), payload.data(), payload.size());
  return ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool Responder::answer_config(const Message& message) {
  ConfigWire asked;
  if (!copy_out(message.payload, 0, asked) || asked.offset != 0 || asked.size_bytes > sizeof(BlkConfigWire)) {
    return false;
  }
  BlkConfigWire config;
  config.capacity_sectors = options_.capacity_bytes / kBlkSectorBytes;
  config.blk_size = options_.block_bytes;
  config.queues = options_.queues;
  std::vector<uint8_t> payload(message.payload.begin(), message.payload.begin() + sizeof(asked));
  const ByteView bytes = bytes_of(config).first(asked.size_bytes);
  payload.insert(payload.end(), bytes.begin(), bytes.end());
  return answer(message, payload);
}

bool Responder::share_memory(Message& message) {
  memory_.clear();
  MemoryTableWire table;
  if (!copy_out(message.payload, 0, table) || table.regions != message.descriptors.size()) return false;
  for (uint32_t i = 0; i < table.regions; ++i) {
    MemoryRegionWire region;
    if (!copy_out(message.payload, sizeof(table) + i * sizeof(region), region)) return false;
    if (!memory_.add(decode_region(region), std::move(message.descriptors[i]))) return false;
  }
  return true;
}

}  // namespace laneway
