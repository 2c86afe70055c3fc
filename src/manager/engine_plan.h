#pragma once
// The difference between what is wanted and what the engine has, as the calls that close it. Level-triggered: computed
// anew from the two whenever one changes, so that a call that was lost, or made twice, does no harm. Free functions
// over plain values. Any thread.

#include <map>
#include <string>
#include <vector>

#include "manager/engine_wish.h"

namespace laneway {

struct EngineCall {
  std::string method;
  Json params;
};

struct EngineStep {
  enum class Ends : uint8_t {
    nothing,   // the calls bring it nearer; look again
    forgotten  // there is nothing of it in the engine: it is taken out of the store
  };
  Kind kind = Kind::function;
  std::string name;
  std::string text;  // for the task's log: "Logs in to the target"
  std::vector<EngineCall> calls;
  Ends ends = Ends::nothing;
};

struct EnginePlan {
  struct Settled {
    uint64_t generation = 0;  // of the resource that was looked at
    std::string reason;       // why it is not done; empty: the engine is as it wants it
  };
  std::vector<EngineStep> steps;                        // at most one for each resource
  std::map<std::string, Settled, std::less<>> settled;  // by store key: what needs no step
};

EnginePlan plan_for(const Catalog& catalog, const EngineView& view);

}  // namespace laneway
