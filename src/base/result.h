#pragma once
// Result<T> is the outcome of work on a device, a session or an API request: a value, or an Error that names
// what failed, why, and what to do. Never used per I/O (status.h). Any thread.

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

namespace laneway {

enum class ErrorCode : uint8_t {
  invalid_argument,   // the caller's input is wrong; the message names the field and the remedy
  not_found,          // no object of that name
  already_exists,     // the name, path or number is taken
  in_use,             // somebody else holds it
  permission_denied,  // credentials or file permissions refuse it
  unreachable,        // nobody answers at that address
  refused,            // the peer answered and said no
  unsupported,        // not offered by this back-end, kernel or peer
  no_space,           // a disk or a table is full
  timed_out,          // no answer in time
  protocol,           // the peer's bytes make no sense
  io,                 // the operating system failed an operation
  internal,           // a defect of ours
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// The text of an errno value, without its number.
inline std::string errno_text(int number) { return std::generic_category().message(number); }

// Passes an error of one result on as the error of another type.
template <typename T>
[[nodiscard]] tl::unexpected<Error> pass_on(Result<T>& failed) {
  return tl::unexpected<Error>(std::move(failed.error()));
}

}  // namespace laneway
