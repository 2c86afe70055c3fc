#include "engine/served_function.h"

#include "base/outside.h"

namespace laneway {

namespace {

constexpr mode_t kFunctionSocketMode = 0660;  // its owner and group may attach

}  // namespace

Result<std::unique_ptr<ServedFunction>> ServedFunction::bring_up(FunctionSpec& spec, const std::string& socket_path,
                                                                 DiskOpening opening, FunctionParts& parts) {
  auto served = std::unique_ptr<ServedFunction>(new ServedFunction);
  Result<OpenDisk> disk = parts.open_disk(spec, opening);
  if (!disk) return pass_on(disk);
  served->disk_ = std::move(*disk);
  if (spec.disk == DiskKind::file && spec.capacity_bytes != 0) served->created_file_ = spec.path;
  Result<UniqueFd> listener = outside().listen(socket_path, kFunctionSocketMode);
  if (!listener) return pass_on(listener);
  served->socket_path_ = socket_path;
  Result<std::unique_ptr<FrontEnd>> front_end = parts.open_front_end(spec, std::move(*listener), *served->disk_.device);
  if (!front_end) return pass_on(front_end);
  served->front_end_ = std::move(*front_end);
  return served;
}

ServedFunction::~ServedFunction() {
  front_end_.reset();
  if (!socket_path_.empty()) (void)outside().unlink(socket_path_);
  disk_.device.reset();
  if (!created_file_.empty()) (void)outside().unlink(created_file_);
}

}  // namespace laneway
