#pragma once
// The limits of functions and groups in their JSON form, the same in the state file and as params of vf.create,
// vf.limit and group.*; and the rules that they follow by themselves. Free functions over plain values. Any thread.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "qos/limits.h"
#include "rpc/json.h"

namespace laneway {

// A group as it is kept in the desired state.
struct GroupSpec {
  std::string name;
  QosLimits limits;
  std::string origin;  // as a function's
};

// What vf.limit and group.limit change: fields that are given, 0 for none.
struct LimitChange {
  static constexpr size_t kFields = 2 * kQosRates + 3;
  std::array<std::optional<uint64_t>, kFields> fields;
  std::optional<std::string> group;  // of a function; empty: none

  bool is_empty() const;
  QosLimits applied_to(QosLimits limits) const;
};

// "iops_max", "read_iops_burst", "burst_duration_ms", ...; `index` < LimitChange::kFields.
std::string_view limit_field_name(size_t index);

// Reads an object of fields; a null one changes nothing. `subject` begins each message.
Result<LimitChange> decode_limit_change(const Json& object, const std::string& subject);
// Only what is set.
Json encode_limits(const QosLimits& limits);

// The rules between the fields of one function or group, each broken one named with its remedy.
Result<void> check_function_limits(const QosLimits& limits, bool is_in_group, const std::string& subject);
Result<void> check_group_limits(const QosLimits& limits, const std::string& subject);

Result<GroupSpec> decode_group_spec(const Json& object, const std::string& subject);
Json encode_group_spec(const GroupSpec& group);

}  // namespace laneway
