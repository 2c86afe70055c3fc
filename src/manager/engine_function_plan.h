#pragma once
// The next step of one function that the engine has, from what it is to what it should be: under the guest's I/O where
// that works (limits, size, paths), else by making it anew, which is not done while a guest is attached. Free functions
// over plain values. Any thread.

#include <string>
#include <vector>

#include "manager/engine_plan.h"

namespace laneway {

struct FunctionStep {
  std::string text;
  std::vector<EngineCall> calls;  // none: it is as wished, or there is an obstacle
  std::string obstacle;           // a sentence with its remedy
};

// `known`: an entry of vf.list.
FunctionStep next_function_step(const FunctionWish& wish, const Json& known);

}  // namespace laneway
