#include "rpc/error_kind.h"

#include <array>

namespace laneway {

namespace {

constexpr std::array kCodes = {ErrorCode::invalid_argument, ErrorCode::not_found,         ErrorCode::already_exists,
                               ErrorCode::in_use,           ErrorCode::permission_denied, ErrorCode::unreachable,
                               ErrorCode::refused,          ErrorCode::unsupported,       ErrorCode::no_space,
                               ErrorCode::timed_out,        ErrorCode::protocol,          ErrorCode::io,
                               ErrorCode::internal};

}  // namespace

std::string_view error_kind(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::in_use:
      return "in_use";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::unreachable:
      return "unreachable";
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::no_space:
      return "no_space";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::protocol:
      return "protocol";
    case ErrorCode::io:
      return "io";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

ErrorCode error_code_of_kind(std::string_view kind) {
  for (const ErrorCode code : kCodes) {
    if (error_kind(code) == kind) return code;
  }
  return ErrorCode::internal;
}

int rpc_number(ErrorCode code) { return -32000 - static_cast<int>(code); }

}  // namespace laneway
