#pragma once
// ApiDocument is api/openapi.yaml as the daemon uses it: parsed once from the JSON that the build embeds, its
// operations found by verb and path, its schemas by reference. Owned by Api. Any thread after construction.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/json.h"

namespace laneway {

enum class Role : uint8_t { none, viewer, operator_, administrator };
std::string_view role_name(Role role);
Role role_of(std::string_view name);  // none where it is not known

struct ApiParameter {
  std::string name;
  std::string place;  // "path", "query", "header"
  bool is_needed = false;
  const Json* schema = nullptr;
};

struct ApiOperation {
  std::string id;
  std::string verb;                   // "GET"
  std::vector<std::string> segments;  // of the whole path; "{name}" for a parameter
  Role role = Role::administrator;
  std::vector<ApiParameter> parameters;
  const Json* body = nullptr;  // its schema; null: no body
  std::vector<std::string> body_types;
  const Json* responses = nullptr;
};

struct ApiMatch {
  const ApiOperation* operation = nullptr;
  std::map<std::string, std::string> path_parameters;
  std::string allowed;  // where there is no operation: the verbs that the path has, empty: no such path
};

class ApiDocument {
 public:
  ApiDocument();
  ApiDocument(const ApiDocument&) = delete;
  ApiDocument& operator=(const ApiDocument&) = delete;

  // The operation for a decoded path such as "/api/v1/targets/a".
  ApiMatch match(std::string_view verb, std::string_view path) const;
  const std::vector<ApiOperation>& operations() const { return operations_; }
  const Json& json() const { return document_; }
  // Follows "$ref"s.
  const Json& resolve(const Json& node) const;
  const Json& schema(std::string_view name) const;

 private:
  void read_path(const std::string& path, const Json& item);
  void read_parameters(const Json& list, ApiOperation& operation) const;

  // Fixed after construction
  Json document_;
  std::vector<ApiOperation> operations_;
};

}  // namespace laneway
