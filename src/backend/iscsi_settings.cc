#include "backend/iscsi_settings.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace laneway {

namespace {

// FNV-1a: stable over releases, unlike std::hash.
uint64_t hash(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return value ^ value >> 32;
}

}  // namespace

iscsi::SessionOptions session_options(const IscsiTargetSettings& settings, const iscsi::Isid& isid) {
  iscsi::SessionOptions options;
  options.initiator_name = settings.initiator_name;
  options.target_name = settings.target_name;
  options.isid = isid;
  options.chap = settings.chap;
  options.header_digest = settings.header_digest;
  options.data_digest = settings.data_digest;
  options.queue_depth = settings.queue_depth;
  options.login_timeout_ns = settings.login_timeout_ns;
  options.logout_timeout_ns = settings.logout_timeout_ns;
  options.noop_interval_ns = settings.noop_interval_ns;
  options.noop_timeout_ns = settings.noop_timeout_ns;
  return options;
}

iscsi::Isid function_isid(std::string_view function, uint32_t queue_number, uint32_t path) {
  // 32 bits of the name, and of the path where it is not the first, and eight of the queue.
  const uint64_t value = path == 0 ? hash(function) : hash(fmt::format("{}/{}", function, path));
  const auto qualifier = static_cast<uint16_t>((value >> 24 & 0xff) << 8 | (queue_number & 0xff));
  return iscsi::make_isid(static_cast<uint32_t>(value) & 0xffffff, qualifier);
}

iscsi::Isid passing_isid() {
  uint64_t value = 0;
  fill_secret(writable_bytes_of(value));
  return iscsi::make_isid(static_cast<uint32_t>(value) & 0xffffff, static_cast<uint16_t>(value >> 32));
}

}  // namespace laneway
