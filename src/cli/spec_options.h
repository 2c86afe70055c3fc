#pragma once
// SpecOptions are the options by which the fields of a spec are given, made from the API's own description of them:
// "queue_size" is --queue-size. Nested fields have --set FIELD=VALUE. Lives as long as its command. One thread.

#include <CLI/CLI.hpp>
#include <set>
#include <string>

#include "cli/spec_schema.h"
#include "terminal/limit_options.h"

namespace laneway {

class SpecOptions {
 public:
  // One for each field of that kind's spec, but those in `without`, which the command has in words of its own.
  void add_to(CLI::App& app, const SpecSchema& schema, const std::string& kind, const std::set<std::string>& without);

  // The fields that were given, as a merge patch; none: an empty object.
  Json given() const;

 private:
  void add_field(CLI::App& app, const std::string& key, const Json& shape, const std::string& description);
  void add_number(CLI::App& app, const std::string& key, const std::string& description);
  void add_set(CLI::App& app);

  Json given_ = Json::object();
  LimitOptions limits_;
};

// "queue_size" of the API is --queue-size, "deadline_s" is --deadline.
std::string option_of(const std::string& field);

}  // namespace laneway
