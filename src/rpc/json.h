#pragma once
// Json is the value type of RPC messages and of the state file. Everything that comes from outside goes through
// parse_json, which bounds size and nesting, and is read by the checked readers here or by FieldReader (fields.h):
// nothing throws or aborts on foreign input. Any thread.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace laneway {

using Json = nlohmann::json;

constexpr uint32_t kJsonDepthMax = 16;

// Refuses text longer than size_max_bytes, nested deeper than kJsonDepthMax, or not JSON (RFC 8259, UTF-8).
Result<Json> parse_json(std::string_view text, size_t size_max_bytes);

// One line without line breaks; bytes that are no UTF-8 are replaced.
std::string to_line(const Json& value);
// Indented, for people and for files.
std::string to_pretty_text(const Json& value);

// Members of an object, or the fallback where the object has none of that key and type.
std::string text_at(const Json& object, std::string_view key, std::string_view fallback = "");
uint64_t number_at(const Json& object, std::string_view key, uint64_t fallback = 0);
bool flag_at(const Json& object, std::string_view key, bool fallback = false);
bool is_natural(const Json& value);  // a whole number of at least 0
// The member, or a null value.
const Json& member(const Json& object, std::string_view key);

}  // namespace laneway
