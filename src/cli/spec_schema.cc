#include "cli/spec_schema.h"

#include "base/check.h"
#include "openapi/openapi_text.h"

namespace laneway {

namespace {

constexpr size_t kTextMaxBytes = 8 << 20;

}  // namespace

SpecSchema::SpecSchema() {
  Result<Json> parsed = parse_json(openapi_text(), kTextMaxBytes);
  LW_ASSERT(parsed.has_value());  // the build made it
  document_ = std::move(*parsed);
}

const Json& SpecSchema::spec_of(const std::string& kind) const {
  std::string name = kind + "Spec";
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return member(member(member(document_, "components"), "schemas"), name);
}

const Json& SpecSchema::resolve(const Json& schema) const {
  const Json* at = &schema;
  for (int hops = 0; hops < 8 && at->contains("$ref"); ++hops) {
    const std::string reference = text_at(*at, "$ref");
    at = &member(member(member(document_, "components"), "schemas"), reference.substr(reference.rfind('/') + 1));
  }
  return *at;
}

const Json& SpecSchema::branch_of(const Json& schema, const Json& value) const {
  const Json& resolved = resolve(schema);
  const Json& discriminator = member(resolved, "discriminator");
  if (discriminator.is_null()) return resolved;
  const std::string chosen = text_at(value, text_at(discriminator, "propertyName"));
  const std::string reference = text_at(member(discriminator, "mapping"), chosen);
  return member(member(member(document_, "components"), "schemas"), reference.substr(reference.rfind('/') + 1));
}

// Beside a reference, or at what it refers to.
const Json& SpecSchema::default_of(const Json& property) const {
  const Json& own = member(property, "default");
  return own.is_null() ? member(resolve(property), "default") : own;
}

void SpecSchema::fill_in(const Json& schema, Json& value) const {
  const Json& shape = branch_of(schema, value);
  if (value.is_array()) {
    for (Json& each : value) fill_in(member(shape, "items"), each);
  }
  if (!value.is_object()) return;
  for (const auto& [key, property] : member(shape, "properties").items()) {
    if (value.contains(key) && value[key].is_null()) value.erase(key);
    if (!value.contains(key) && !default_of(property).is_null()) value[key] = default_of(property);
    if (value.contains(key)) fill_in(property, value[key]);
  }
}

void SpecSchema::strip(const Json& schema, Json& value) const {
  const Json& shape = branch_of(schema, value);
  if (value.is_array()) {
    for (Json& each : value) strip(member(shape, "items"), each);
  }
  if (!value.is_object()) return;
  for (const auto& [key, property] : member(shape, "properties").items()) {
    if (!value.contains(key)) continue;
    Json fallback = default_of(property);
    if (!fallback.is_null()) fill_in(property, fallback);
    if (!fallback.is_null() && value[key] == fallback) {
      value.erase(key);
    } else {
      strip(property, value[key]);
    }
  }
}

}  // namespace laneway
