#include "manager/api_document.h"

#include "base/check.h"
#include "openapi/openapi_text.h"

namespace laneway {

namespace {

constexpr std::string_view kRoles[] = {"none", "viewer", "operator", "administrator"};
constexpr std::string_view kVerbs[] = {"get", "put", "post", "patch", "delete"};
constexpr size_t kTextMaxBytes = 4 << 20;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

// "/targets/x" into "targets", "x".
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const size_t end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool is_parameter(const std::string& segment) { return segment.starts_with('{'); }

bool fits(const ApiOperation& operation, const std::vector<std::string>& segments) {
  if (operation.segments.size() != segments.size()) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (is_parameter(operation.segments[i]) ? segments[i].empty() : operation.segments[i] != segments[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view role_name(Role role) { return kRoles[static_cast<size_t>(role)]; }

Role role_of(std::string_view name) {
  for (size_t i = 0; i < std::size(kRoles); ++i) {
    if (kRoles[i] == name) return static_cast<Role>(i);
  }
  return Role::none;
}

ApiDocument::ApiDocument() {
  Result<Json> parsed = parse_json(openapi_text(), kTextMaxBytes);
  LW_ASSERT(parsed.has_value());  // the build checked it
  document_ = std::move(*parsed);
  for (const auto& [path, item] : member(document_, "paths").items()) read_path(path, item);
}

void ApiDocument::read_path(const std::string& path, const Json& item) {
  // A path may lie elsewhere than the others.
  const Json& own_servers = member(item, "servers");
  const Json& servers = own_servers.is_null() ? member(document_, "servers") : own_servers;
  const std::string root = text_at(servers[0], "url");
  const std::vector<std::string> segments = segments_of((root == "/" ? "" : root) + path);
  for (const std::string_view verb : kVerbs) {
    const Json& node = member(item, verb);
    if (node.is_null()) continue;
    ApiOperation operation;
    operation.id = text_at(node, "operationId");
    operation.verb = upper(verb);
    operation.segments = segments;
    operation.role = role_of(text_at(node, "x-role"));
    read_parameters(member(item, "parameters"), operation);
    read_parameters(member(node, "parameters"), operation);
    for (const auto& [type, content] : member(member(node, "requestBody"), "content").items()) {
      operation.body_types.push_back(type);
      operation.body = &member(content, "schema");
    }
    operation.responses = &member(node, "responses");
    operations_.push_back(std::move(operation));
  }
}

void ApiDocument::read_parameters(const Json& list, ApiOperation& operation) const {
  for (const Json& entry : list) {
    const Json& parameter = resolve(entry);
    operation.parameters.push_back({text_at(parameter, "name"), text_at(parameter, "in"),
                                    flag_at(parameter, "x-needed"), &member(parameter, "schema")});
  }
}

ApiMatch ApiDocument::match(std::string_view verb, std::string_view path) const {
  ApiMatch match;
  const std::vector<std::string> segments = segments_of(path);
  for (const ApiOperation& operation : operations_) {
    if (!fits(operation, segments)) continue;
    if (operation.verb != verb) {
      match.allowed += (match.allowed.empty() ? "" : ", ") + operation.verb;
      continue;
    }
    match.operation = &operation;
    for (size_t i = 0; i < segments.size(); ++i) {
      const std::string& name = operation.segments[i];
      if (is_parameter(name)) match.path_parameters[name.substr(1, name.size() - 2)] = segments[i];
    }
    return match;
  }
  return match;
}

const Json& ApiDocument::resolve(const Json& node) const {
  const Json* found = &node;
  // References to references end: the build resolved each of them.
  for (std::string target = text_at(*found, "$ref"); !target.empty(); target = text_at(*found, "$ref")) {
    found = &document_;
    for (const std::string& part : segments_of(std::string_view(target).substr(1))) found = &member(*found, part);
  }
  return *found;
}

const Json& ApiDocument::schema(std::string_view name) const {
  return member(member(member(document_, "components"), "schemas"), name);
}

}  // namespace laneway
