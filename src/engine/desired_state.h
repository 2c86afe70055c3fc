#pragma once
// DesiredState is everything that the engine remembers across a restart: what operators asked for and the few names it
// made itself; and its text form, a versioned JSON document. A plain value. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/function_spec.h"
#include "engine/qos_spec.h"
#include "engine/target_spec.h"

namespace laneway {

constexpr uint64_t kStateVersion = 1;
constexpr size_t kStateMaxBytes = 64 * 1024 * 1024;

class DesiredState {
 public:
  std::string generated_initiator_name;                                      // empty until one was needed
  std::vector<TargetSpec> targets;                                           // by name, no duplicates
  std::vector<GroupSpec> groups;                                             // likewise
  const std::vector<FunctionSpec>& functions() const { return functions_; }  // likewise

  const TargetSpec* find_target(std::string_view name) const;
  const GroupSpec* find_group(std::string_view name) const;
  const FunctionSpec* find_function(std::string_view name) const;
  // Replaces the entry of that name, or adds one.
  void put(TargetSpec target);
  void put(GroupSpec group);
  void put(FunctionSpec function);
  void remove_target(std::string_view name);
  void remove_group(std::string_view name);
  void remove_function(std::string_view name);

 private:
  friend std::string encode_desired_state(const DesiredState& state);

  std::vector<FunctionSpec> functions_;
  // The text form of each, made when it is put: there may be a thousand, and the file is written at each change.
  std::vector<std::string> function_texts_;
};

// Refuses a newer version (unsupported), and text that is damaged or contradicts itself (invalid_argument).
Result<DesiredState> decode_desired_state(std::string_view text);
// Each function is a line of its own.
std::string encode_desired_state(const DesiredState& state);

}  // namespace laneway
