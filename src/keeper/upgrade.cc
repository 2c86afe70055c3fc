#include "keeper/upgrade.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace laneway {

namespace {

constexpr size_t kErrorBytesMax = 8 * 1024;  // the end of what it wrote

std::string end_of_file(int file) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  const off_t from = size > static_cast<off_t>(kErrorBytesMax) ? size - static_cast<off_t>(kErrorBytesMax) : 0;
  std::string text(kErrorBytesMax, '\0');
  const ssize_t length = ::pread(file, text.data(), text.size(), from);
  text.resize(length > 0 ? static_cast<size_t>(length) : 0);
  return text;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t newline = text.rfind('\n');
  if (newline != std::string::npos) text.erase(0, newline + 1);
  // What a terminal or a JSON string does not take.
  for (char& each : text) {
    if (static_cast<unsigned char>(each) < ' ' || static_cast<unsigned char>(each) >= 0x7f) each = '?';
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<Upgrade>> Upgrade::begin(const std::string& path, const std::vector<std::string>& arguments,
                                                uint64_t question) {
  if (path.empty() || path.front() != '/' || ::access(path.c_str(), X_OK) != 0) {
    return fail(ErrorCode::not_found, "{} is no program that can be started; give the path of a laneway-engine.", path);
  }
  auto upgrade = std::unique_ptr<Upgrade>(new Upgrade);
  upgrade->path_ = path;
  upgrade->question_ = question;
  upgrade->error_output_ = UniqueFd(::memfd_create("laneway-errors", MFD_CLOEXEC));
  if (!upgrade->error_output_) return fail(ErrorCode::no_space, "no memory file: {}", errno_text(errno));
  Result<std::unique_ptr<EngineProcess>> process =
      EngineProcess::start({path}, arguments, upgrade->error_output_.get());
  if (!process) return pass_on(process);
  upgrade->successor_ = std::make_unique<EngineSession>(std::move(*process));
  return upgrade;
}

void Upgrade::greeted(std::string_view version) {
  version_ = version;
  program_ = successor_->process().program();
  if (!program_.executable) program_ = {path_};
}

Error Upgrade::failure() const {
  constexpr std::string_view kOwnName = "laneway-engine: ";
  std::string line = last_line(end_of_file(error_output_.get()));
  if (line.starts_with(kOwnName)) line.erase(0, kOwnName.size());
  if (line.empty()) line = "it ended without a word";
  return Error{ErrorCode::refused, fmt::format("{} cannot take over: {}", path_, line)};
}

std::unique_ptr<EngineSession> Upgrade::promote() {
  const int error_output = STDERR_FILENO;
  const std::string said = end_of_file(error_output_.get());
  (void)!::write(error_output, said.data(), said.size());
  successor_->post({.kind = PacketKind::go, .descriptors = {&error_output, 1}});
  return std::move(successor_);
}

}  // namespace laneway
