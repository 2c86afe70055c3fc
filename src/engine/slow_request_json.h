#pragma once
// Slow requests in words that the owner of a function understands, and as JSON (vf.explain). Free functions. Any
// thread.

#include <string>
#include <vector>

#include "engine/function_table.h"
#include "rpc/json.h"

namespace laneway {

// What the request waited for, the longest first; each a clause such as "the target answered after 480 ms".
std::vector<std::string> reasons_of(const SlowRequest& request, const Explanation& explanation);

// `now_ns` is the monotonic time: the answer says how long ago each request was.
Json explanation_json(const Explanation& explanation, uint64_t now_ns);

}  // namespace laneway
