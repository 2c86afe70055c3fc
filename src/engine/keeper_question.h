#pragma once
// A word to the keeper that is no item, and its answer where there is one. Plain functions for control threads, never
// the control reactor; they block.

#include "engine/keeper_link.h"
#include "keeper/answer.h"

namespace laneway {

// Returns when it is sent, or no keeper is there.
void tell_keeper(KeeperLink& link, PacketKind kind, const std::string& key = {}, uint64_t number = 0);

// The answer's text and descriptors, or the error that it brings. ErrorCode::unreachable where the keeper is gone,
// timed_out where it has not answered by then.
Result<Answer> ask_keeper(KeeperLink& link, PacketKind kind, ByteView question, std::span<const int> descriptors,
                          uint64_t patience_ns);

}  // namespace laneway
