#include "engine/initiator_name.h"

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "engine/names.h"

namespace laneway {

namespace {

constexpr std::string_view kKey = "InitiatorName=";
constexpr size_t kFileMaxBytes = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string make_name() {
  uint64_t random = 0;
  fill_secret(writable_bytes_of(random));
  return fmt::format("iqn.2026-11.io.laneway:host-{:016x}", random);
}

}  // namespace

std::string initiator_name_in(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with(kKey)) return std::string(trimmed(line.substr(kKey.size())));
  }
  return {};
}

std::string initiator_name_of_host(const std::string& host_file) {
  const Result<std::string> text = read_whole_file(host_file, kFileMaxBytes);
  if (!text) return {};
  std::string name = initiator_name_in(*text);
  if (check_iscsi_name(name)) return name;
  log_warning("{} holds no usable InitiatorName, so one of our own is used; correct it there", host_file);
  return {};
}

Result<std::string> choose_initiator_name(const std::string& own, StateStore& store) {
  if (!own.empty()) return own;
  std::string name = store.state().generated_initiator_name;
  if (!name.empty()) return name;
  name = make_name();
  const Result<void> kept = store.update([&](DesiredState& state) -> Result<void> {
    state.generated_initiator_name = name;
    return {};
  });
  if (!kept) return tl::unexpected<Error>(kept.error());
  return name;
}

}  // namespace laneway
