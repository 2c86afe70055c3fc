#pragma once
// Why a session failed, as a word that is counted: what happens to any connection, and the ways in which a target
// breaks the rules. The Error's message says the rest. Constant; any thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace laneway::iscsi {

enum class SessionFault : uint8_t {
  none,
  connection,  // it ended, or was never made, or was given up
  silence,     // no answer in time
  departure,   // the target said that it goes
  login,       // refused, or a negotiation that came to nothing
  // From here on rules of the protocol were broken.
  framing,   // a length, an opcode or a text that cannot be
  digest,    // bytes and their CRC32C differ
  sequence,  // StatSN, DataSN or R2TSN is not the next one
  tag,       // about a task, a ping, a question that there is not, or no longer
  range,     // data that was not asked for, or asking for data that there is not
  flood,     // more PDUs without purpose than any target has a reason for
  drip,      // a PDU that begins and does not end
};
constexpr size_t kSessionFaults = static_cast<size_t>(SessionFault::drip) + 1;

constexpr std::string_view session_fault_name(SessionFault fault) {
  constexpr std::string_view kNames[] = {"none",   "connection", "silence", "departure", "login", "framing",
                                         "digest", "sequence",   "tag",     "range",     "flood", "drip"};
  static_assert(sizeof(kNames) / sizeof(kNames[0]) == kSessionFaults);
  return kNames[static_cast<size_t>(fault)];
}

constexpr bool is_breach(SessionFault fault) { return fault >= SessionFault::framing; }

}  // namespace laneway::iscsi
