#pragma once
// DeathPoint names the steps in the life of a request, a message or a session after which (or where it says so, before
// which) a simulated engine can die. Plain values.

#include <array>
#include <cstdint>
#include <string_view>

#include "virtio/store_seam.h"

namespace laneway::sim {

// The StoreSteps come first, in their order.
enum class DeathPoint : uint8_t {
  send_asked = kStoreSteps,  // TCP: the engine prepared it, the kernel knows nothing of it
  send_first_byte,
  send_header,  // an iSCSI header without its data
  send_half,
  sent,
  connected,
  received,        // TCP: the data is in the engine's memory, or in the guest's, and the engine does not know
  target_took,     // a command
  target_moved,    // the data of one
  target_flushed,  // or unmapped, or zeroed
  target_logged_in,
  target_fenced,
  file_asked,
  file_done,
  signal_asked,  // the interrupt of a guest
  signalled,
  kick_taken,
  accepted,
  message_asked,
  message_received,
  answered,
  completed,  // before the engine sees that an operation completed
  put_asked,  // of a device's record
  put_kept,
  put_told,
  note_asked,
  noted,
  note_told,
  restored,  // before a successor's first turn
  asleep,
};
inline constexpr uint32_t kDeathPoints = static_cast<uint32_t>(DeathPoint::asleep) + 1;

std::string_view name_of(DeathPoint point);
// By DeathPoint.
using PointCounts = std::array<uint64_t, kDeathPoints>;

}  // namespace laneway::sim
