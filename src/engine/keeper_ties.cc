#include "engine/keeper_ties.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "engine/keeper_question.h"
#include "engine/kept_keys.h"
#include "keeper/engine_lock.h"
#include "vhost_user/record.h"

namespace laneway {

namespace {

// The path that the socket was bound to.
std::string bound_path(int socket) {
  sockaddr_un address{};
  socklen_t length = sizeof(address);
  // SAFE: the sockets API takes every address as a sockaddr.
  if (::getsockname(socket, static_cast<sockaddr*>(static_cast<void*>(&address)), &length) != 0) return {};
  return std::string(address.sun_path, ::strnlen(address.sun_path, sizeof(address.sun_path)));
}

// A confined engine cannot look, and believes it.
bool is_socket_file(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? S_ISSOCK(found.st_mode) : errno == EPERM;
}

}  // namespace

Result<std::optional<KeeperStart>> KeeperStart::from(const std::string& socket_path, const char* version) {
  if (socket_path.empty()) return std::optional<KeeperStart>();
  Result<KeeperClient> client = KeeperClient::connect(socket_path, version);
  if (!client) return pass_on(client);
  Result<Inheritance> inheritance = client->receive();
  if (!inheritance) return pass_on(inheritance);
  discard_outdated(*inheritance);
  return std::optional<KeeperStart>(KeeperStart{std::move(*client), std::move(*inheritance), UniqueFd(), version});
}

Result<void> check_kept_items(const Inheritance& inheritance) {
  for (const auto& [key, item] : inheritance.items) {
    if (!key.starts_with(kept_device_key(""))) continue;
    std::vector<UniqueFd> copies;
    for (const UniqueFd& fd : item.descriptors) copies.emplace_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    Result<DeviceRecord> record = decode_record(item.bytes, std::move(copies));
    if (!record) return fail(record.error().code, "What is kept as {} cannot be read: {}", key, record.error().message);
  }
  return {};
}

Result<void> KeeperStart::succeed() {
  Result<Inheritance> final = client.succeed();
  if (!final) return pass_on(final);
  inheritance = std::move(*final);
  discard_outdated(inheritance);
  return {};
}

Result<void> KeeperStart::open_lock(const std::string& socket_path) {
  Result<UniqueFd> lock = open_engine_lock(engine_lock_path(socket_path));
  if (!lock) return pass_on(lock);
  engine_lock = std::move(*lock);
  return {};
}

KeeperTies::KeeperTies(Reactor& control, KeeperStart start, const std::string& socket_path)
    : is_careful_(start.inheritance.is_careful),
      idle_since_ns_(start.inheritance.idle_since_ns),
      quarantined_(std::move(start.inheritance.quarantined)),
      engine_lock_(std::move(start.engine_lock)),
      link_(control, {start.client.release(), start.client.release_spare()}, socket_path, start.version),
      inherited_(std::move(start.inheritance.items)) {}

bool KeeperTies::is_quarantined(const std::string& key) const {
  return std::find(quarantined_.begin(), quarantined_.end(), key) != quarantined_.end();
}

KeeperLink::Holding KeeperTies::holding() {
  KeeperLink::Holding out = KeeperLink::Holding::nothing;
  run_on(link_.reactor(), [&] { out = link_.holding(); });
  return out;
}

void KeeperTies::served(uint64_t now_ns) {
  tell_keeper(link_, PacketKind::served);
  if (idle_since_ns_ == 0) return;
  pause_ns_.store(now_ns - idle_since_ns_, std::memory_order_relaxed);
  log_info("Guests had to wait {} ms", pause_ns() / kMillisecond);
}

void KeeperTies::release(uint64_t since_ns) {
  engine_lock_.reset();
  tell_keeper(link_, PacketKind::handed_over, {}, since_ns);
}

std::optional<KeptItem> KeeperTies::inherit(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto found = inherited_.extract(key);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

std::vector<std::string> KeeperTies::inherited_keys() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, item] : inherited_) keys.push_back(key);
  return keys;
}

UniqueFd KeeperTies::listener(const std::string& key, const std::string& path) {
  std::optional<KeptItem> item = inherit(key);
  if (!item || item->descriptors.size() != 1) return {};
  UniqueFd& socket = item->descriptors.front();
  if (bound_path(socket.get()) != path || !is_socket_file(path)) return {};
  return std::move(socket);
}

void KeeperTies::keep_listener(const std::string& key, const UniqueFd& listener) {
  std::vector<UniqueFd> copies;
  copies.emplace_back(::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0));
  shelf_.keep(key, {}, std::move(copies));
}

}  // namespace laneway
