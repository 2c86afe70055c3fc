#pragma once
// The options by which limits are given on the command line (vf create, vf limit, policy create, ...), and their
// JSON form, which engine and lanewayd share. Lives for one run. One thread.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "rpc/json.h"

namespace laneway {

class LimitOptions {
 public:
  enum class For : uint8_t { function, function_alone, group };  // minimums are a function's; alone: no --group
  void add_to(CLI::App& app, For what);

  bool is_empty() const { return limits_.empty() && !group_; }
  // Puts "limits" and "group" where they were given.
  void put_into(Json& params) const;

 private:
  void add_number(CLI::App& app, const std::string& name, const char* field, const std::string& description);
  void add_bytes(CLI::App& app, const std::string& name, const char* field, const std::string& description);

  Json limits_ = Json::object();
  std::optional<std::string> group_;
};

}  // namespace laneway
