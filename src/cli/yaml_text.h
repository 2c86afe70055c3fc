#pragma once
// YAML for people, JSON inside: what -o yaml prints and what apply reads. Both ways a scalar means the same: what is
// printed is read back as it was. Free functions. Any thread.

#include <string>
#include <string_view>

#include "rpc/json.h"

namespace laneway {

// The block form of an object or list; ends with a line break.
std::string to_yaml(const Json& value);

// One document of YAML 1.2's core schema, of which JSON is a part. `name` is what errors call it; they name the line.
Result<Json> parse_yaml(const std::string& text, const std::string& name);

// A value as it would be written in a file: 5 is a number, true a truth value, anything else a text.
Json scalar_of(const std::string& text);

}  // namespace laneway
