#pragma once
// LineChannel reads and writes lines over a connected socket, blocking with a deadline and with a bound on a line's
// length. Owned by the client or by one connection's thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace laneway {

class LineChannel {
 public:
  LineChannel(UniqueFd socket, size_t line_max_bytes) : socket_(std::move(socket)), line_max_bytes_(line_max_bytes) {}

  // The next line without its break, nothing where the peer ended the stream between lines. Errors: timed_out, io, and
  // invalid_argument for a line that is too long or cut off.
  Result<std::optional<std::string>> read_line(uint64_t deadline_ns);
  Result<void> write(std::string_view bytes, uint64_t deadline_ns);

  int fd() const { return socket_.get(); }

 private:
  Result<void> wait_for(short events, uint64_t deadline_ns);
  Result<bool> receive_more();

  // Fixed after construction
  UniqueFd socket_;
  const size_t line_max_bytes_;
  // Owner's thread only
  MonotonicClock clock_;
  std::string received_;
  size_t searched_ = 0;  // bytes of received_ that hold no line break
};

}  // namespace laneway
