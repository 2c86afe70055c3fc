#pragma once
// Login keys of the operational stage (RFC 7143 clause 13): the target's side of each, without any state of its own.
// Used by LoginMachine. Any thread.

#include "target/session.h"
#include "target/target_options.h"
#include "target/wire.h"

namespace laneway::fake {

// Appends the answer to each key the initiator sent and notes the outcome in `terms`. False where it cannot be agreed.
bool negotiate(const TargetOptions& options, const TextPairs& offered, Bytes& reply, SessionTerms& terms);

}  // namespace laneway::fake
