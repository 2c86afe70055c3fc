#pragma once
// How vf explain, vf stats and events show where time went and what happened, from the engine's answers. Free
// functions. One thread.

#include <cstdint>
#include <iosfwd>
#include <string>

#include "rpc/json.h"

namespace laneway {

// A table of the stages of the requests that were sampled; nothing where none were.
void print_stages(const Json& stages, std::ostream& out);

// The answer of vf.explain; `count_max` requests of it. `now_unix_s` is the host's clock.
void print_explanation(const Json& explanation, size_t count_max, uint64_t now_unix_s, std::ostream& out);

// A line an event.
void print_event(const Json& event, uint64_t now_unix_s, std::ostream& out);

}  // namespace laneway
