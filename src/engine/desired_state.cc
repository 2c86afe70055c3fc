#include "engine/desired_state.h"

#include <algorithm>

#include "engine/names.h"
#include "rpc/fields.h"

namespace laneway {

namespace {

constexpr std::string_view kFormat = "laneway-engine";

template <typename T>
auto lower_bound_of(std::vector<T>& items, std::string_view name) {
  return std::lower_bound(items.begin(), items.end(), name,
                          [](const T& item, std::string_view wanted) { return item.name < wanted; });
}

template <typename T>
const T* find_in(const std::vector<T>& items, std::string_view name) {
  const auto found = lower_bound_of(const_cast<std::vector<T>&>(items), name);
  return found != items.end() && found->name == name ? &*found : nullptr;
}

template <typename T>
void put_into(std::vector<T>& items, T item) {
  const auto place = lower_bound_of(items, item.name);
  if (place != items.end() && place->name == item.name) {
    *place = std::move(item);
  } else {
    items.insert(place, std::move(item));
  }
}

template <typename T>
void remove_from(std::vector<T>& items, std::string_view name) {
  std::erase_if(items, [&](const T& item) { return item.name == name; });
}

// The version first: a newer document may look different in everything else.
Result<void> check_version(const Json& document) {
  if (!document.is_object() || text_at(document, "format") != kFormat) {
    return fail(ErrorCode::invalid_argument, "it is not an engine's state");
  }
  const uint64_t version = number_at(document, "version");
  if (version == 0) return fail(ErrorCode::invalid_argument, "it has no version");
  if (version > kStateVersion) {
    return fail(ErrorCode::unsupported, "it has version {} and this engine knows versions up to {}", version,
                kStateVersion);
  }
  return {};
}

Result<void> read_targets(const Json& list, DesiredState& state) {
  size_t index = 0;
  for (const Json& entry : list) {
    Result<TargetSpec> target = decode_target_spec(entry, fmt::format("targets[{}]", index++));
    if (!target) return pass_on(target);
    if (state.find_target(target->name) != nullptr) {
      return fail(ErrorCode::invalid_argument, "target '{}' is there twice", target->name);
    }
    state.put(std::move(*target));
  }
  return {};
}

Result<void> read_groups(const Json& list, DesiredState& state) {
  size_t index = 0;
  for (const Json& entry : list) {
    Result<GroupSpec> group = decode_group_spec(entry, fmt::format("groups[{}]", index++));
    if (!group) return pass_on(group);
    if (state.find_group(group->name) != nullptr) {
      return fail(ErrorCode::invalid_argument, "group '{}' is there twice", group->name);
    }
    state.put(std::move(*group));
  }
  return {};
}

Result<void> read_functions(const Json& list, DesiredState& state) {
  size_t index = 0;
  for (const Json& entry : list) {
    Result<FunctionSpec> function =
        decode_function_spec(entry, fmt::format("functions[{}]", index++), SpecSource::state_file);
    if (!function) return pass_on(function);
    if (state.find_function(function->name) != nullptr) {
      return fail(ErrorCode::invalid_argument, "function '{}' is there twice", function->name);
    }
    for (const PathSpec& path : function->paths) {
      if (state.find_target(path.target) != nullptr) continue;
      return fail(ErrorCode::invalid_argument, "function '{}' is on target '{}', which is not there", function->name,
                  path.target);
    }
    if (!function->group.empty() && state.find_group(function->group) == nullptr) {
      return fail(ErrorCode::invalid_argument, "function '{}' is in group '{}', which is not there", function->name,
                  function->group);
    }
    state.put(std::move(*function));
  }
  return {};
}

}  // namespace

const TargetSpec* DesiredState::find_target(std::string_view name) const { return find_in(targets, name); }
const GroupSpec* DesiredState::find_group(std::string_view name) const { return find_in(groups, name); }
const FunctionSpec* DesiredState::find_function(std::string_view name) const { return find_in(functions_, name); }
void DesiredState::put(TargetSpec target) { put_into(targets, std::move(target)); }
void DesiredState::put(GroupSpec group) { put_into(groups, std::move(group)); }
void DesiredState::put(FunctionSpec function) {
  const auto place = lower_bound_of(functions_, function.name) - functions_.begin();
  const bool is_there = find_function(function.name) != nullptr;
  std::string text = to_line(encode_function_spec(function));
  put_into(functions_, std::move(function));
  if (!is_there) function_texts_.emplace(function_texts_.begin() + place);
  function_texts_[static_cast<size_t>(place)] = std::move(text);
}
void DesiredState::remove_target(std::string_view name) { remove_from(targets, name); }
void DesiredState::remove_group(std::string_view name) { remove_from(groups, name); }
void DesiredState::remove_function(std::string_view name) {
  const FunctionSpec* found = find_function(name);
  if (found == nullptr) return;
  const auto place = found - functions_.data();
  functions_.erase(functions_.begin() + place);
  function_texts_.erase(function_texts_.begin() + place);
}

Result<DesiredState> decode_desired_state(std::string_view text) {
  Result<Json> document = parse_json(text, kStateMaxBytes);
  if (!document) return fail(ErrorCode::invalid_argument, "it is damaged: {}", document.error().message);
  if (Result<void> checked = check_version(*document); !checked) return pass_on(checked);
  FieldReader fields(*document, "state");
  DesiredState state;
  fields.text("format");
  fields.number("version", {1, kStateVersion});
  state.generated_initiator_name = fields.text_or("initiator_name", "");
  const Json& targets = fields.list("targets");
  const Json& groups = fields.list("groups");  // absent in older files
  const Json& functions = fields.list("functions");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (!state.generated_initiator_name.empty()) {
    if (Result<void> named = check_iscsi_name(state.generated_initiator_name); !named) return pass_on(named);
  }
  if (Result<void> read = read_targets(targets, state); !read) return pass_on(read);
  if (Result<void> read = read_groups(groups, state); !read) return pass_on(read);
  if (Result<void> read = read_functions(functions, state); !read) return pass_on(read);
  return state;
}

std::string encode_desired_state(const DesiredState& state) {
  Json targets = Json::array();
  for (const TargetSpec& target : state.targets) targets.push_back(encode_target_spec(target, Secrets::include));
  Json document = {{"format", kFormat},
                   {"version", kStateVersion},
                   {"initiator_name", state.generated_initiator_name},
                   {"targets", targets}};
  // An engine that knows no groups can read a state without them.
  for (const GroupSpec& group : state.groups) document["groups"].push_back(encode_group_spec(group));
  std::string text = to_pretty_text(document);
  text.erase(text.rfind('}'));
  text.pop_back();  // the end of the last member's line
  text += ",\n  \"functions\": [";
  for (const std::string& function : state.function_texts_) {
    text += &function == state.function_texts_.data() ? "\n    " : ",\n    ";
    text += function;
  }
  text += "\n  ]\n}\n";
  return text;
}

}  // namespace laneway
