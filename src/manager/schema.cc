#include "manager/schema.h"

#include <fmt/ranges.h>

#include <charconv>

#include "base/check.h"

namespace laneway {

namespace {

constexpr size_t kQuotedMaxBytes = 80;

std::string below(const std::string& field, std::string_view key) {
  return field.empty() ? std::string(key) : field + "." + std::string(key);
}

std::string shown(const Json& value) {
  if (value.is_string()) return "'" + quotable(*value.get_ptr<const std::string*>()) + "'";
  return quotable(to_line(value));
}

std::string choices_of(const Json& list) {
  std::string out;
  for (size_t i = 0; i < list.size(); ++i) {
    out += i == 0 ? "" : i + 1 == list.size() ? " or " : ", ";
    out += list[i].is_string() ? *list[i].get_ptr<const std::string*>() : to_line(list[i]);
  }
  return out;
}

std::string keys_of(const Json& properties) {
  std::string out;
  for (const auto& [key, ignored] : properties.items()) out += (out.empty() ? "" : ", ") + key;
  return out;
}

Finding wrong_type(const Json& value, const std::string& field, std::string_view wanted) {
  return {field, fmt::format("is {}", shown(value)), fmt::format("give {}", wanted)};
}

int64_t signed_at(const Json& schema, std::string_view key, int64_t fallback) {
  const Json& value = member(schema, key);
  return value.is_number_integer() ? value.get<int64_t>() : fallback;
}

}  // namespace

std::string quotable(std::string_view text) {
  std::string out(text.substr(0, kQuotedMaxBytes));
  for (char& c : out) c = c < 0x20 || c > 0x7e ? '?' : c;
  return out + (text.size() > kQuotedMaxBytes ? "..." : "");
}

Schema::Schema(const ApiDocument& document) : document_(document) { compile_patterns(document.json()); }

Schema::~Schema() {
  for (auto& [text, pattern] : patterns_) ::regfree(&pattern);
}

// POSIX's extended expressions: no recursion over what clients send, and the same as JavaScript's for what is used.
void Schema::compile_patterns(const Json& node) {
  const std::string text = text_at(node, "pattern");
  if (!text.empty() && !patterns_.contains(text)) {
    const int failure = ::regcomp(&patterns_[text], text.c_str(), REG_EXTENDED | REG_NOSUB);
    LW_ASSERT(failure == 0);
  }
  if (!node.is_structured()) return;
  for (const Json& child : node) compile_patterns(child);
}

std::optional<Finding> Schema::check(const Json& reference, Json& value, const std::string& field) const {
  const Json& schema = document_.resolve(reference);
  if (schema.contains("oneOf")) return check_choice(schema, value, field);
  const std::string type = text_at(schema, "type");
  if (type == "object") return check_object(schema, value, field);
  if (type == "array") return check_array(schema, value, field);
  if (type == "integer") {
    if (auto found = check_integer(schema, value, field)) return found;
  }
  if (type == "boolean" && !value.is_boolean()) return wrong_type(value, field, "true or false");
  if (type == "string") {
    if (!value.is_string()) return wrong_type(value, field, "a text");
    if (auto found = check_string(schema, *value.get_ptr<const std::string*>(), field)) return found;
  }
  const Json& choices = member(schema, "enum");
  if (!choices.is_array() || std::find(choices.begin(), choices.end(), value) != choices.end()) return std::nullopt;
  return wrong_type(value, field, choices_of(choices));
}

std::optional<Finding> Schema::check_text(const Json& reference, std::string_view text, const std::string& field,
                                          Json& out) const {
  const std::string type = text_at(document_.resolve(reference), "type");
  out = std::string(text);
  if (type == "boolean" && (text == "true" || text == "false")) out = text == "true";
  if (type == "integer") {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) out = number;
  }
  return check(reference, out, field);
}

std::optional<Finding> Schema::check_string(const Json& schema, const std::string& text,
                                            const std::string& field) const {
  const uint64_t least = number_at(schema, "minLength", 0);
  const uint64_t most = number_at(schema, "maxLength", UINT64_MAX);
  const bool is_secret = flag_at(schema, "writeOnly");
  if (text.size() < least || text.size() > most) {
    return Finding{
        field, fmt::format("has {} bytes", text.size()),
        most == UINT64_MAX ? fmt::format("give at least {}", least) : fmt::format("give {} to {} bytes", least, most)};
  }
  if (text.find('\0') != std::string::npos) return Finding{field, "has a zero byte", "leave that out"};
  const std::string pattern = text_at(schema, "pattern");
  if (pattern.empty()) return std::nullopt;
  if (::regexec(&patterns_.find(pattern)->second, text.c_str(), 0, nullptr, 0) == 0) return std::nullopt;
  return Finding{field, is_secret ? "is malformed" : fmt::format("is '{}'", quotable(text)),
                 text_at(schema, "x-remedy", "see its pattern in /api/v1/openapi.json")};
}

std::optional<Finding> Schema::check_integer(const Json& schema, const Json& value, const std::string& field) const {
  const int64_t least = signed_at(schema, "minimum", INT64_MIN);
  const int64_t most = signed_at(schema, "maximum", INT64_MAX);
  const bool is_too_large = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  if (value.is_number_integer() && !is_too_large && value.get<int64_t>() >= least && value.get<int64_t>() <= most) {
    return std::nullopt;
  }
  if (least == INT64_MIN && most == INT64_MAX) return wrong_type(value, field, "a whole number");
  if (most == INT64_MAX) return wrong_type(value, field, fmt::format("a whole number from {}", least));
  return wrong_type(value, field, fmt::format("a whole number from {} to {}", least, most));
}

std::optional<Finding> Schema::check_array(const Json& schema, Json& value, const std::string& field) const {
  if (!value.is_array()) return wrong_type(value, field, "a list");
  const uint64_t least = number_at(schema, "minItems", 0);
  const uint64_t most = number_at(schema, "maxItems", UINT64_MAX);
  if (value.size() < least || value.size() > most) {
    return Finding{field, fmt::format("has {} entries", value.size()), fmt::format("give {} to {}", least, most)};
  }
  size_t index = 0;
  for (Json& item : value) {
    if (auto found = check(member(schema, "items"), item, fmt::format("{}[{}]", field, index++))) return found;
  }
  return std::nullopt;
}

std::optional<Finding> Schema::check_object(const Json& schema, Json& value, const std::string& field) const {
  if (!value.is_object()) return wrong_type(value, field.empty() ? "body" : field, "an object");
  for (const Json& key : member(schema, "required")) {
    const std::string& name = *key.get_ptr<const std::string*>();
    if (!member(value, name).is_null()) continue;
    return Finding{below(field, name), "is missing", "give it"};
  }
  return check_members(schema, value, field);
}

std::optional<Finding> Schema::check_members(const Json& schema, Json& value, const std::string& field) const {
  const Json& properties = member(schema, "properties");
  const Json& others = member(schema, "additionalProperties");
  for (auto it = value.begin(); it != value.end();) {
    const Json& property = member(properties, it.key());
    if (it->is_null() && !property.is_null()) {
      it = value.erase(it);
      continue;
    }
    if (property.is_null() && others.is_boolean() && !others.get<bool>()) {
      return Finding{
          below(field, quotable(it.key())), "is not known",
          properties.empty() ? "leave it out" : fmt::format("leave it out, or give one of {}", keys_of(properties))};
    }
    const Json& expected = property.is_null() ? others : property;
    if (expected.is_object()) {
      if (auto found = check(expected, *it, below(field, it.key()))) return found;
    }
    ++it;
  }
  for (const auto& [key, property] : properties.items()) {
    const Json& fallback = member(document_.resolve(property), "default");
    const Json& own = member(property, "default");
    if (!value.contains(key) && !(own.is_null() && fallback.is_null())) value[key] = own.is_null() ? fallback : own;
  }
  return std::nullopt;
}

std::optional<Finding> Schema::check_choice(const Json& schema, Json& value, const std::string& field) const {
  if (!value.is_object()) return wrong_type(value, field, "an object");
  const Json& discriminator = member(schema, "discriminator");
  const std::string key = text_at(discriminator, "propertyName");
  const Json& mapping = member(discriminator, "mapping");
  const Json& chosen = member(mapping, text_at(value, key));
  if (chosen.is_string()) return check(Json{{"$ref", chosen}}, value, field);
  if (!value.contains(key))
    return Finding{below(field, key), "is missing", fmt::format("give one of {}", keys_of(mapping))};
  return wrong_type(value[key], below(field, key), fmt::format("one of {}", keys_of(mapping)));
}

}  // namespace laneway
