#include "engine/state_store.h"

namespace laneway {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path, std::unique_ptr<FileSteps> steps) {
  DesiredState state;
  Result<std::string> text = read_whole_file(path, kStateMaxBytes);
  if (!text && text.error().code != ErrorCode::not_found) return pass_on(text);
  if (text) {
    Result<DesiredState> decoded = decode_desired_state(*text);
    if (!decoded && decoded.error().code == ErrorCode::unsupported) {
      return fail(
          ErrorCode::unsupported,
          "State file {} is not used: {}; start the newer engine that wrote it, or move the file away to begin empty.",
          path, decoded.error().message);
    }
    if (!decoded) {
      return fail(ErrorCode::invalid_argument,
                  "State file {} is not used: {}; restore it from a copy, or move it away to begin empty.", path,
                  decoded.error().message);
    }
    state = std::move(*decoded);
  }
  return std::unique_ptr<StateStore>(new StateStore(path, std::move(steps), std::move(state)));
}

StateStore::StateStore(std::string path, std::unique_ptr<FileSteps> steps, DesiredState state)
    : path_(std::move(path)), steps_(std::move(steps)), state_(std::move(state)) {}

DesiredState StateStore::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Result<void> StateStore::commit(DesiredState next) {
  Result<void> written = replace_file(*steps_, path_, encode_desired_state(next));
  if (!written) {
    // Where the new content may be there already (the directory's fsync failed), the old one is put back.
    if (written.error().code == ErrorCode::io) (void)replace_file(*steps_, path_, encode_desired_state(state_));
    return written;
  }
  state_ = std::move(next);
  return {};
}

}  // namespace laneway
