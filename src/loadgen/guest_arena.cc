#include "loadgen/guest_arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/units.h"

namespace laneway {

namespace {

// Addresses of a plausible guest: RAM above 4 GiB, and a front-end process that mapped it elsewhere.
constexpr uint64_t kGuestBase = 4 * kGiB;
constexpr uint64_t kUserBase = 0x7f00'0000'0000;
// Some servers register memory by huge pages and refuse regions of another grain.
constexpr uint64_t kGrainBytes = 2 * kMiB;

constexpr uint64_t round_up(uint64_t value, uint64_t grain) { return (value + grain - 1) / grain * grain; }

}  // namespace

Result<GuestArena> GuestArena::create(uint64_t size_bytes) {
  const uint64_t rounded_bytes = round_up(size_bytes, kGrainBytes);
  UniqueFd fd(::memfd_create("laneway-bench", MFD_CLOEXEC));
  if (!fd) return fail(ErrorCode::io, "cannot make shared memory for the test guest: {}", errno_text(errno));
  if (::ftruncate(fd.get(), static_cast<off_t>(rounded_bytes)) != 0) {
    return fail(ErrorCode::no_space, "cannot make {} bytes of shared memory for the test guest: {}; use less depth",
                rounded_bytes, errno_text(errno));
  }
  GuestArena arena;
  const GuestRegion region{GuestAddr{kGuestBase}, rounded_bytes, UserAddr{kUserBase}, 0};
  if (auto added = arena.memory_.add(region, std::move(fd)); !added) return pass_on(added);
  return arena;
}

uint64_t GuestArena::room_for(uint64_t used_bytes, uint64_t length_bytes, uint64_t alignment) {
  return round_up(used_bytes, alignment) + length_bytes;
}

GuestArena::Piece GuestArena::take(uint64_t length_bytes, uint64_t alignment) {
  const uint64_t end = room_for(used_bytes_, length_bytes, alignment);
  const uint64_t begin = end - length_bytes;
  const auto view = memory_.view(GuestAddr{kGuestBase + begin}, length_bytes);
  LW_ASSERT(view.has_value());
  used_bytes_ = end;
  return {GuestAddr{kGuestBase + begin}, UserAddr{kUserBase + begin}, *view};
}

}  // namespace laneway
