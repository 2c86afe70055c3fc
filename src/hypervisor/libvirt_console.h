#pragma once
// LibvirtConsole carries the bytes of a machine's serial console between libvirt's stream and a socket whose other end
// somebody else has. Made on any thread; then it lives on libvirt's event loop, until one of the two ends. Owned by the
// hypervisor, which keeps it until it is over.

#include <array>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "hypervisor/libvirt_handles.h"

namespace laneway {

struct StreamCloser {
  void operator()(virStream* stream) const { (void)virStreamFree(stream); }
};
using StreamRef = std::unique_ptr<virStream, StreamCloser>;

class LibvirtConsole {
 public:
  // The stream is open, and non-blocking.
  LibvirtConsole(StreamRef stream, UniqueFd socket);
  ~LibvirtConsole();
  LibvirtConsole(const LibvirtConsole&) = delete;
  LibvirtConsole& operator=(const LibvirtConsole&) = delete;

  // Bytes go from here on.
  Result<void> begin();
  // Ends both, where that has not happened.
  void end();
  bool is_over() const;

 private:
  static constexpr size_t kWaitingMaxBytes = 64 << 10;  // each way

  static void take_stream_event(virStream* stream, int events, void* opaque);
  static void take_socket_event(int watch, int descriptor, int events, void* opaque);
  // With mutex_ held.
  void move_bytes();
  bool read_stream();
  bool write_stream();
  bool read_socket();
  bool write_socket();
  void await_what_is_needed();
  void close();

  // Any thread, under mutex_: the event loop's, but for the beginning and the end.
  mutable std::mutex mutex_;
  StreamRef stream_;
  UniqueFd socket_;
  int watch_ = -1;
  std::string to_stream_;
  std::string to_socket_;
  bool is_over_ = false;
};

}  // namespace laneway
