#include "engine/qos_spec.h"

#include <algorithm>

#include "base/units.h"
#include "engine/names.h"
#include "rpc/fields.h"

namespace laneway {

namespace {

// The smallest limits bound how long a request waits, the largest how well a pace rounds.
constexpr uint64_t kIopsMost = 100'000'000;
constexpr uint64_t kBytesLeast = 4 * kKiB;
constexpr uint64_t kBytesMost = 1024 * kGiB;
constexpr uint64_t kBurstDurationMostMs = 24 * 3600 * uint64_t{1000};

constexpr size_t kDuration = 2 * kQosRates;
constexpr size_t kIopsMin = kDuration + 1;
constexpr size_t kBytesMin = kDuration + 2;

constexpr std::string_view kNames[LimitChange::kFields] = {
    "iops_max",         "read_iops_max",     "write_iops_max",    "bytes_max",        "read_bytes_max",
    "write_bytes_max",  "iops_burst",        "read_iops_burst",   "write_iops_burst", "bytes_burst",
    "read_bytes_burst", "write_bytes_burst", "burst_duration_ms", "iops_min",         "bytes_min"};

uint64_t& field_of(QosLimits& limits, size_t index) {
  if (index < kQosRates) return limits.max[index];
  if (index < kDuration) return limits.burst[index - kQosRates];
  if (index == kDuration) return limits.burst_duration_ms;
  return index == kIopsMin ? limits.iops_min : limits.bytes_min;
}

bool is_in_bytes(size_t index) {
  if (index < kDuration) return counts_bytes(static_cast<QosRate>(index % kQosRates));
  return index == kBytesMin;
}

NumberRange range_of(size_t index) {
  if (index == kDuration) return {1, kBurstDurationMostMs};
  if (index >= kQosRates && index < kDuration) return {1, kBytesMost};
  return is_in_bytes(index) ? NumberRange{kBytesLeast, kBytesMost} : NumberRange{1, kIopsMost};
}

tl::unexpected<Error> refuse(const std::string& subject, size_t field, std::string_view why_and_remedy) {
  return fail(ErrorCode::invalid_argument, "{}: field '{}' {}.", subject, kNames[field], why_and_remedy);
}

Result<void> check_bursts(const QosLimits& limits, const std::string& subject) {
  bool has_burst = false;
  for (size_t i = 0; i < kQosRates; ++i) {
    if (limits.burst[i] == 0) continue;
    has_burst = true;
    if (limits.max[i] != 0) continue;
    return refuse(subject, kQosRates + i,
                  fmt::format("is a burst beyond a maximum that is not set; set '{}' too, or leave it out", kNames[i]));
  }
  if (limits.burst_duration_ms == 0 || has_burst) return {};
  return refuse(subject, kDuration,
                "is the time of a burst that is not set; set one such as 'iops_burst' too, or leave it out");
}

Result<void> check_minimum(const QosLimits& limits, size_t field, bool is_in_group, const std::string& subject) {
  const uint64_t minimum = field == kIopsMin ? limits.iops_min : limits.bytes_min;
  if (minimum == 0) return {};
  if (!is_in_group) {
    return refuse(subject, field, "is guaranteed against other members of a group; give 'group' too, or leave it out");
  }
  for (size_t i = 0; i < kQosRates; ++i) {
    if (is_in_bytes(i) != is_in_bytes(field) || limits.max[i] == 0 || limits.max[i] >= minimum) continue;
    return refuse(subject, field,
                  fmt::format("is {}, more than '{}' of {} allows; lower one or raise the other", minimum, kNames[i],
                              limits.max[i]));
  }
  return {};
}

}  // namespace

bool LimitChange::is_empty() const {
  return !group && std::none_of(fields.begin(), fields.end(), [](const auto& field) { return field.has_value(); });
}

QosLimits LimitChange::applied_to(QosLimits limits) const {
  for (size_t i = 0; i < kFields; ++i) {
    if (fields[i]) field_of(limits, i) = *fields[i];
  }
  return limits;
}

std::string_view limit_field_name(size_t index) { return kNames[index]; }

Result<LimitChange> decode_limit_change(const Json& object, const std::string& subject) {
  LimitChange change;
  if (object.is_null()) return change;
  FieldReader fields(object, subject);
  for (size_t i = 0; i < LimitChange::kFields; ++i) {
    if (!fields.has(kNames[i])) continue;
    const NumberRange range = range_of(i);
    const uint64_t value = fields.number_or(kNames[i], {0, range.most}, 0);
    if (value != 0 && value < range.least) {
      fields.refuse(kNames[i],
                    fmt::format("is {}; give a number from {} to {}, or 0 for none", value, range.least, range.most));
    }
    change.fields[i] = value;
  }
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return change;
}

Json encode_limits(const QosLimits& limits) {
  Json object = Json::object();
  QosLimits copy = limits;
  for (size_t i = 0; i < LimitChange::kFields; ++i) {
    if (const uint64_t value = field_of(copy, i); value != 0) object[std::string(kNames[i])] = value;
  }
  return object;
}

Result<void> check_function_limits(const QosLimits& limits, bool is_in_group, const std::string& subject) {
  if (Result<void> checked = check_bursts(limits, subject); !checked) return checked;
  for (const size_t field : {kIopsMin, kBytesMin}) {
    if (Result<void> checked = check_minimum(limits, field, is_in_group, subject); !checked) return checked;
  }
  return {};
}

Result<void> check_group_limits(const QosLimits& limits, const std::string& subject) {
  if (limits.iops_min != 0 || limits.bytes_min != 0) {
    return refuse(subject, limits.iops_min != 0 ? kIopsMin : kBytesMin,
                  "belongs to a member, not to the group; set it there: laneway vf limit");
  }
  return check_bursts(limits, subject);
}

Result<GroupSpec> decode_group_spec(const Json& object, const std::string& subject) {
  FieldReader fields(object, subject);
  GroupSpec group;
  group.name = fields.text("name");
  const Json& limits = fields.object("limits");
  group.origin = read_origin(fields);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (Result<void> named = check_group_name(group.name); !named) return pass_on(named);
  Result<LimitChange> change = decode_limit_change(limits, subject);
  if (!change) return pass_on(change);
  group.limits = change->applied_to({});
  if (Result<void> checked = check_group_limits(group.limits, subject); !checked) return pass_on(checked);
  return group;
}

Json encode_group_spec(const GroupSpec& group) {
  Json object = {{"name", group.name}, {"limits", encode_limits(group.limits)}};
  if (!group.origin.empty()) object["origin"] = group.origin;
  return object;
}

}  // namespace laneway
