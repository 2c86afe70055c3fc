#pragma once
// The rules for names that operators give to functions and targets: they become parts of paths, log lines and commands.
// Free functions. Any thread.

#include <string_view>

#include "base/result.h"
#include "rpc/fields.h"

namespace laneway {

constexpr size_t kFunctionNameMaxBytes = 64;
constexpr size_t kTargetNameMaxBytes = 223;  // as long as an iSCSI name, which is the default

// Letters, digits, '.', '_' and '-', beginning with a letter or digit.
Result<void> check_function_name(std::string_view name);
// The same, and not "none", by which functions are taken out of groups.
Result<void> check_group_name(std::string_view name);
// As of functions, and ':'.
Result<void> check_target_name(std::string_view name);
// What a manager wants to be remembered of a target, group or function, by the field "origin": printable, at most 128
// bytes; empty where the field is absent.
std::string read_origin(FieldReader& fields);
// An iSCSI name: iqn., eui. or naa., lower case, up to 223 bytes (RFC 7143 4.2.7).
Result<void> check_iscsi_name(std::string_view name);

}  // namespace laneway
