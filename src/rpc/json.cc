#include "rpc/json.h"

#include <algorithm>

namespace laneway {

namespace {

// The deepest nesting of brackets outside strings. Done before parsing, since the library's writer recurses.
uint32_t nesting_depth(std::string_view text) {
  uint32_t depth = 0;
  uint32_t deepest = 0;
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      if (c == '"') is_in_string = false;
      continue;
    }
    if (c == '"') is_in_string = true;
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return deepest;
}

}  // namespace

Result<Json> parse_json(std::string_view text, size_t size_max_bytes) {
  if (text.size() > size_max_bytes) {
    return fail(ErrorCode::invalid_argument, "The JSON text is {} bytes long and {} are allowed; send less at once.",
                text.size(), size_max_bytes);
  }
  if (nesting_depth(text) > kJsonDepthMax) {
    return fail(ErrorCode::invalid_argument, "The JSON text is nested deeper than {} levels; send a flat object.",
                kJsonDepthMax);
  }
  Json value = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    return fail(ErrorCode::invalid_argument, "The text is not valid JSON; send one JSON object in UTF-8.");
  }
  return value;
}

std::string to_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string to_pretty_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const Json& member(const Json& object, std::string_view key) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

bool is_natural(const Json& value) {
  if (value.is_number_unsigned()) return true;
  return value.is_number_integer() && value.get<int64_t>() >= 0;
}

std::string text_at(const Json& object, std::string_view key, std::string_view fallback) {
  const Json& value = member(object, key);
  return value.is_string() ? *value.get_ptr<const std::string*>() : std::string(fallback);
}

uint64_t number_at(const Json& object, std::string_view key, uint64_t fallback) {
  const Json& value = member(object, key);
  return is_natural(value) ? value.get<uint64_t>() : fallback;
}

bool flag_at(const Json& object, std::string_view key, bool fallback) {
  const Json& value = member(object, key);
  return value.is_boolean() ? *value.get_ptr<const bool*>() : fallback;
}

}  // namespace laneway
