#pragma once
// Schema checks JSON against the schemas of the API's document: the subset of JSON Schema that it uses (the build
// refuses other keywords). What is wrong is named with its field and with what to do instead; defaults are filled in.
// Owned by Api. Any thread after construction.

#include <regex.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "manager/api_document.h"
#include "rpc/json.h"

namespace laneway {

// "spec.queues" "is 500" "give a number from 1 to 128".
struct Finding {
  std::string field;
  std::string what;
  std::string remedy;
};

class Schema {
 public:
  // The document outlives it.
  explicit Schema(const ApiDocument& document);
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // Nothing where the value fits; then defaults of what was absent are in it.
  std::optional<Finding> check(const Json& schema, Json& value, const std::string& field) const;
  // Of a parameter, which comes as text.
  std::optional<Finding> check_text(const Json& schema, std::string_view text, const std::string& field,
                                    Json& out) const;

 private:
  std::optional<Finding> check_string(const Json& schema, const std::string& text, const std::string& field) const;
  std::optional<Finding> check_integer(const Json& schema, const Json& value, const std::string& field) const;
  std::optional<Finding> check_array(const Json& schema, Json& value, const std::string& field) const;
  std::optional<Finding> check_object(const Json& schema, Json& value, const std::string& field) const;
  std::optional<Finding> check_choice(const Json& schema, Json& value, const std::string& field) const;
  std::optional<Finding> check_members(const Json& schema, Json& value, const std::string& field) const;
  void compile_patterns(const Json& node);

  // Fixed after construction
  const ApiDocument& document_;
  std::map<std::string, regex_t, std::less<>> patterns_;
};

// A foreign text as it may be quoted: bounded and printable.
std::string quotable(std::string_view text);

}  // namespace laneway
