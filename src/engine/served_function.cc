#include "engine/served_function.h"

#include "base/outside.h"

namespace laneway {

namespace {

constexpr mode_t kFunctionSocketMode = 0660;  // its owner and group may attach

}  // namespace

Result<std::unique_ptr<ServedFunction>> ServedFunction::bring_up(FunctionSpec& spec, const std::string& socket_path,
                                                                 DiskOpening opening, const Source& source) {
  auto served = std::unique_ptr<ServedFunction>(new ServedFunction(spec.name, source.kept));
  FrontEndSeed seed;
  if (opening == DiskOpening::create) {
    source.kept.drop(spec.name);  // of an earlier one of that name, whose deletion an engine did not survive
  } else {
    served->is_left_ = source.kept.outlives_engine();
    Result<std::optional<KeptDevice>> device = source.kept.device(spec.name);
    if (!device) return pass_on(device);
    seed.device = std::move(*device);
    if (seed.device && seed.device->record.is_settled) opening = DiskOpening::inherit;
  }
  Result<OpenDisk> disk = source.parts.open_disk(spec, opening);
  if (!disk) return pass_on(disk);
  served->disk_ = std::move(*disk);
  if (spec.disk == DiskKind::file && spec.capacity_bytes != 0) served->created_file_ = spec.path;
  Result<UniqueFd> listener = served->listen(socket_path, opening);
  if (!listener) return pass_on(listener);
  served->socket_path_ = socket_path;
  served->vault_ = source.kept.make_vault(spec.name);
  seed.listener = std::move(*listener);
  seed.vault = served->vault_.get();
  const bool has_device = seed.device.has_value();
  Result<std::unique_ptr<FrontEnd>> front_end =
      source.parts.open_front_end(spec, *served->disk_.device, std::move(seed));
  if (!front_end) return pass_on(front_end);
  served->front_end_ = std::move(*front_end);
  if (has_device) source.kept.device_restored(spec.name);
  return served;
}

// Front-ends that wait to be accepted wait at a socket that was kept: it goes on where it is there.
Result<UniqueFd> ServedFunction::listen(const std::string& socket_path, DiskOpening opening) {
  UniqueFd kept = opening == DiskOpening::create ? UniqueFd() : kept_.listener(name_, socket_path);
  Result<UniqueFd> listener =
      kept ? Result<UniqueFd>(std::move(kept)) : outside().listen(socket_path, kFunctionSocketMode);
  if (listener) kept_.keep_listener(name_, *listener);
  return listener;
}

void ServedFunction::settle() {
  created_file_.clear();
  is_left_ = kept_.outlives_engine();
}

ServedFunction::~ServedFunction() {
  front_end_.reset();
  vault_.reset();
  if (!is_left_) kept_.drop(name_);
  if (!is_left_ && !socket_path_.empty()) (void)outside().unlink(socket_path_);
  disk_.device.reset();
  if (!created_file_.empty()) (void)outside().unlink(created_file_);
}

}  // namespace laneway
