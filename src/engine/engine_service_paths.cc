// The path.* methods.
#include "engine/engine_service.h"
#include "engine/report_json.h"
#include "rpc/fields.h"

namespace laneway {

namespace {

Json paths_json(const FunctionReport& report) {
  Json answer = {{"name", report.spec.name}, {"paths", path_list_json(report)}};
  encode_paths_spec(report.spec.path_rules, answer);
  return answer;
}

Result<Json> answer_of(Result<FunctionReport> report) {
  if (!report) return pass_on(report);
  return paths_json(*report);
}

struct NamedPath {
  std::string name;
  uint32_t path = 0;
};

Result<NamedPath> named_path(const Json& params, const char* method) {
  FieldReader fields(params, method);
  NamedPath named;
  named.name = fields.text("name");
  named.path = static_cast<uint32_t>(fields.number("path", {0, UINT32_MAX - 1}));
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return named;
}

}  // namespace

Result<Json> EngineService::path_list(const Json& params) {
  FieldReader fields(params, "path.list");
  const std::string name = fields.text("name");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return answer_of(functions_.report(name));
}

Result<Json> EngineService::path_add(const Json& params) {
  FieldReader fields(params, "path.add");
  const std::string name = fields.text("name");
  // Most arrays show a LUN under the same number everywhere.
  std::optional<uint64_t> lun;
  const Result<FunctionReport> report = functions_.report(name);
  if (report && !report->spec.paths.empty()) lun = report->spec.paths.front().lun;
  PathSpec path = read_path_place(fields, lun);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return answer_of(functions_.add_path(name, std::move(path)));
}

Result<Json> EngineService::path_remove(const Json& params) {
  Result<NamedPath> named = named_path(params, "path.remove");
  if (!named) return pass_on(named);
  return answer_of(functions_.remove_path(named->name, named->path));
}

Result<Json> EngineService::path_fail(const Json& params) {
  Result<NamedPath> named = named_path(params, "path.fail");
  if (!named) return pass_on(named);
  return answer_of(functions_.take_path_out(named->name, named->path));
}

Result<Json> EngineService::path_retry(const Json& params) {
  Result<NamedPath> named = named_path(params, "path.retry");
  if (!named) return pass_on(named);
  return answer_of(functions_.retry_path(named->name, named->path));
}

Result<Json> EngineService::path_policy(const Json& params) {
  FieldReader fields(params, "path.policy");
  const std::string name = fields.text("name");
  const PathsChange change = read_paths_change(fields);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return answer_of(functions_.change_path_rules(name, change));
}

}  // namespace laneway
