#include "engine/names.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr size_t kOriginMaxBytes = 128;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_made_of(std::string_view name, std::string_view also) {
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter_or_digit(c) || also.find(c) != std::string_view::npos; });
}

// The name as it may be quoted in a message: bounded and printable.
std::string quoted(std::string_view name) {
  std::string text(name.substr(0, 80));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

Result<void> check_plain_name(std::string_view what, std::string_view name) {
  if (name.empty() || name.size() > kFunctionNameMaxBytes) {
    return fail(ErrorCode::invalid_argument, "{} name '{}' has {} bytes; give one of 1 to {}.", what, quoted(name),
                name.size(), kFunctionNameMaxBytes);
  }
  if (!is_letter_or_digit(name[0]) || !is_made_of(name, "._-")) {
    return fail(
        ErrorCode::invalid_argument,
        "{} name '{}' is malformed; begin with a letter or digit and use letters, digits, '.', '_' and '-' only.", what,
        quoted(name));
  }
  return {};
}

}  // namespace

Result<void> check_function_name(std::string_view name) { return check_plain_name("Function", name); }

Result<void> check_group_name(std::string_view name) {
  if (name == "none") {
    return fail(ErrorCode::invalid_argument, "Group name 'none' means no group; choose another.");
  }
  return check_plain_name("Group", name);
}

Result<void> check_target_name(std::string_view name) {
  if (name.empty() || name.size() > kTargetNameMaxBytes) {
    return fail(ErrorCode::invalid_argument, "Target name '{}' has {} bytes; give one of 1 to {}.", quoted(name),
                name.size(), kTargetNameMaxBytes);
  }
  if (!is_letter_or_digit(name[0]) || !is_made_of(name, "._-:")) {
    return fail(ErrorCode::invalid_argument,
                "Target name '{}' is malformed; begin with a letter or digit and use letters, digits, '.', '_', '-' "
                "and ':' only.",
                quoted(name));
  }
  return {};
}

std::string read_origin(FieldReader& fields) {
  std::string origin = fields.text_or("origin", "");
  const bool is_printable = std::all_of(origin.begin(), origin.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (origin.size() > kOriginMaxBytes || !is_printable) {
    fields.refuse("origin", fmt::format("is no printable text of at most {} bytes; shorten it", kOriginMaxBytes));
  }
  return origin;
}

Result<void> check_iscsi_name(std::string_view name) {
  const bool has_type = name.starts_with("iqn.") || name.starts_with("eui.") || name.starts_with("naa.");
  const bool has_capitals = std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool is_iqn = name.starts_with("iqn.");
  if (!has_type || name.size() <= 4 || name.size() > kTargetNameMaxBytes || !is_made_of(name, ".-:") ||
      (is_iqn && has_capitals)) {
    return fail(
        ErrorCode::invalid_argument,
        "'{}' is no iSCSI name; give one such as iqn.2001-05.com.example:disk1, in lower case, of at most {} bytes.",
        quoted(name), kTargetNameMaxBytes);
  }
  return {};
}

}  // namespace laneway
