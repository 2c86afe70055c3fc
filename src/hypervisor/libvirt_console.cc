#include "hypervisor/libvirt_console.h"

#include <sys/socket.h>

#include <cerrno>

namespace laneway {

namespace {

constexpr size_t kPieceBytes = 16 << 10;
constexpr int kWouldBlock = -2;  // libvirt's

}  // namespace

LibvirtConsole::LibvirtConsole(StreamRef stream, UniqueFd socket)
    : stream_(std::move(stream)), socket_(std::move(socket)) {}

LibvirtConsole::~LibvirtConsole() { end(); }

Result<void> LibvirtConsole::begin() {
  const std::lock_guard lock(mutex_);
  const int events = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_HANGUP | VIR_STREAM_EVENT_ERROR;
  if (virStreamEventAddCallback(stream_.get(), events, &take_stream_event, this, nullptr) != 0) {
    auto failure = libvirt_failure("The console was opened, and its bytes do not come");
    close();
    return failure;
  }
  watch_ = virEventAddHandle(socket_.get(), VIR_EVENT_HANDLE_READABLE, &take_socket_event, this, nullptr);
  if (watch_ >= 0) return {};
  close();
  return fail(ErrorCode::internal, "Libvirt's event loop takes no more consoles; close one.");
}

void LibvirtConsole::end() {
  const std::lock_guard lock(mutex_);
  close();
}

bool LibvirtConsole::is_over() const {
  const std::lock_guard lock(mutex_);
  return is_over_;
}

void LibvirtConsole::take_stream_event(virStream*, int events, void* opaque) {
  auto& self = *static_cast<LibvirtConsole*>(opaque);
  const std::lock_guard lock(self.mutex_);
  if (self.is_over_) return;
  const bool has_ended = (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)) != 0;
  self.move_bytes();
  if (has_ended) self.close();
}

void LibvirtConsole::take_socket_event(int, int, int, void* opaque) {
  auto& self = *static_cast<LibvirtConsole*>(opaque);
  const std::lock_guard lock(self.mutex_);
  if (!self.is_over_) self.move_bytes();
}

void LibvirtConsole::move_bytes() {
  const bool is_well = read_stream() && write_socket() && read_socket() && write_stream();
  if (!is_well) return close();
  await_what_is_needed();
}

// False where the stream has ended; what it sent before goes first.
bool LibvirtConsole::read_stream() {
  std::array<char, kPieceBytes> piece;
  while (to_socket_.size() < kWaitingMaxBytes) {
    const int count = virStreamRecv(stream_.get(), piece.data(), piece.size());
    if (count == kWouldBlock) return true;
    if (count <= 0) return write_socket() && false;
    to_socket_.append(piece.data(), static_cast<size_t>(count));
  }
  return true;
}

bool LibvirtConsole::write_stream() {
  while (!to_stream_.empty()) {
    const int count = virStreamSend(stream_.get(), to_stream_.data(), to_stream_.size());
    if (count == kWouldBlock) return true;
    if (count < 0) return false;
    to_stream_.erase(0, static_cast<size_t>(count));
  }
  return true;
}

bool LibvirtConsole::read_socket() {
  std::array<char, kPieceBytes> piece;
  while (to_stream_.size() < kWaitingMaxBytes) {
    const ssize_t count = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    to_stream_.append(piece.data(), static_cast<size_t>(count));
  }
  return true;
}

bool LibvirtConsole::write_socket() {
  while (!to_socket_.empty()) {
    const ssize_t count = ::send(socket_.get(), to_socket_.data(), to_socket_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    to_socket_.erase(0, static_cast<size_t>(count));
  }
  return true;
}

// What one side has is not taken while the other side has enough to do.
void LibvirtConsole::await_what_is_needed() {
  int stream_events = VIR_STREAM_EVENT_HANGUP | VIR_STREAM_EVENT_ERROR;
  if (to_socket_.size() < kWaitingMaxBytes) stream_events |= VIR_STREAM_EVENT_READABLE;
  if (!to_stream_.empty()) stream_events |= VIR_STREAM_EVENT_WRITABLE;
  (void)virStreamEventUpdateCallback(stream_.get(), stream_events);
  int socket_events = 0;
  if (to_stream_.size() < kWaitingMaxBytes) socket_events |= VIR_EVENT_HANDLE_READABLE;
  if (!to_socket_.empty()) socket_events |= VIR_EVENT_HANDLE_WRITABLE;
  virEventUpdateHandle(watch_, socket_events);
}

void LibvirtConsole::close() {
  if (is_over_) return;
  is_over_ = true;
  if (watch_ >= 0) (void)virEventRemoveHandle(watch_);
  (void)virStreamEventRemoveCallback(stream_.get());
  (void)virStreamAbort(stream_.get());
  stream_.reset();
  socket_.reset();
}

}  // namespace laneway
