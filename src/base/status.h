#pragma once
// Status is what one I/O ends with: four bytes, no text, no allocation. Any thread.
// Per-device and per-request-of-the-API code uses Result<T> (result.h) instead and says where and what.

#include <cstdint>
#include <string_view>

namespace laneway {

enum class [[nodiscard]] Status : uint32_t{
    ok = 0,
    io_error,              // the medium or the path failed for good
    unsupported,           // the back-end has no such operation
    out_of_range,          // beyond the end of the disk, or not on a block boundary
    read_only,             // a write, discard or write-zeroes to a read-only function
    no_space,              // the thin pool or the file system below is full
    timed_out,             // the request's deadline passed
    reservation_conflict,  // another initiator holds a SCSI reservation
    medium_error,          // the target reports unrecoverable data
    device_gone,           // the disk was removed, or another disk answers under its number
    aborted,               // the owner is going away and asked for it
};

constexpr std::string_view status_name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::io_error:
      return "I/O error";
    case Status::unsupported:
      return "unsupported";
    case Status::out_of_range:
      return "out of range";
    case Status::read_only:
      return "read-only";
    case Status::no_space:
      return "no space";
    case Status::timed_out:
      return "timed out";
    case Status::reservation_conflict:
      return "reservation conflict";
    case Status::medium_error:
      return "medium error";
    case Status::device_gone:
      return "device gone";
    case Status::aborted:
      return "aborted";
  }
  return "unknown";
}

}  // namespace laneway
