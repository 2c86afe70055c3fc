#pragma once
// The lies that a hostile fake target tells when a command arrives (fault "lie", by name): numbers, lengths, tags and
// repetitions that RFC 7143 forbids, or allows in no such measure. What they carry is 0xee, never the disk's content.
// TargetConnection tells them. Constant; any thread.

#include <span>
#include <string_view>

namespace laneway::fake {

struct Lie {
  std::string_view name;
  std::string_view op;     // commands that it is about: read, write or any
  std::string_view fault;  // what an initiator is to call it (iscsi/session_fault.h); empty: it may go on
};

std::span<const Lie> known_lies();
bool is_known_lie(std::string_view name);

}  // namespace laneway::fake
