#include "vhost_user/testing/frontend_script.h"

#include <fcntl.h>

#include "vhost_user/message.h"

namespace laneway {

namespace {

UniqueFd copy_of(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

uint32_t number_of(VhostUserRequest request) { return static_cast<uint32_t>(request); }

uint64_t protocol_features(FrontendKind kind) {
  using namespace vhost_protocol;
  switch (kind) {
    case FrontendKind::qemu_7_2:
    case FrontendKind::qemu_10:
      return kMultiQueue | kReplyAck | kBackendRequest | kConfig | kInflight | kResetDevice | kMemorySlots | kStatus;
    case FrontendKind::libblkio:
      return kMultiQueue | kReplyAck | kConfig | kMemorySlots;
    case FrontendKind::user_mode_linux:
      return kReplyAck | kBackendRequest | kConfig;
    case FrontendKind::cloud_hypervisor:
      return kMultiQueue | kReplyAck | kConfig | kInflight | kMemorySlots;
    case FrontendKind::firecracker:
      return kConfig;
  }
  return 0;
}

// Whether it asks for an acknowledgement of everything that has no answer of its own.
bool always_needs_reply(FrontendKind kind) {
  return kind == FrontendKind::libblkio || kind == FrontendKind::cloud_hypervisor;
}

bool adds_regions_one_by_one(FrontendKind kind) {
  return kind == FrontendKind::qemu_7_2 || kind == FrontendKind::qemu_10 || kind == FrontendKind::libblkio;
}

// Collects messages of one kind of front-end.
class Script {
 public:
  explicit Script(FrontendKind kind) : kind_(kind) {}
  void add(FakeMessage message) {
    if (always_needs_reply(kind_) && acknowledges_ && message.request() != number_of(VhostUserRequest::get_config)) {
      message.bytes[4] |= kMessageNeedReply;
    }
    messages_.push_back(std::move(message));
  }
  void plain(VhostUserRequest request) { add(FakeFrontend::message(number_of(request))); }
  void number(VhostUserRequest request, uint64_t value) { add(FakeFrontend::number(number_of(request), value)); }
  void acknowledge_from_here() { acknowledges_ = true; }
  std::vector<FakeMessage> take() { return std::move(messages_); }

 private:
  FrontendKind kind_;
  bool acknowledges_ = false;
  std::vector<FakeMessage> messages_;
};

void add_memory(Script& script, FrontendKind kind, const ScriptGuest& guest) {
  std::vector<GuestRegion> regions;
  std::vector<UniqueFd> fds;
  for (size_t i = 0; i < guest.guest.region_count(); ++i) {
    if (adds_regions_one_by_one(kind)) {
      script.add(
          FakeFrontend::add_mem_reg(guest.guest.region(i), guest.guest.duplicate_fd(i), FakeFrontend::kNeedReply));
      continue;
    }
    regions.push_back(guest.guest.region(i));
    fds.push_back(guest.guest.duplicate_fd(i));
  }
  if (!regions.empty()) script.add(FakeFrontend::set_mem_table(regions, std::move(fds)));
}

FakeMessage ring_addresses(uint32_t index, const FakeDriver& driver) {
  return FakeFrontend::set_vring_addr(index, {0, FakeGuest::user(driver.descriptors()),
                                              FakeGuest::user(driver.available()), FakeGuest::user(driver.used())});
}

// QEMU sets the base before the addresses, rust-vmm's clients after them, user-mode Linux the descriptors first.
void add_ring(Script& script, FrontendKind kind, const ScriptGuest& guest, uint32_t index) {
  const ScriptRing& ring = guest.rings[index];
  const bool is_qemu = kind == FrontendKind::qemu_7_2 || kind == FrontendKind::qemu_10;
  if (kind == FrontendKind::user_mode_linux) {
    script.add(FakeFrontend::set_vring_call(index, copy_of(ring.call)));
    script.add(FakeFrontend::set_vring_kick(index, copy_of(ring.kick)));
  }
  script.add(FakeFrontend::set_vring_num(index, ring.driver->size()));
  if (is_qemu || kind == FrontendKind::user_mode_linux) script.add(FakeFrontend::set_vring_base(index, ring.base));
  script.add(ring_addresses(index, *ring.driver));
  if (!is_qemu && kind != FrontendKind::user_mode_linux) script.add(FakeFrontend::set_vring_base(index, ring.base));
  if (is_qemu) script.add(FakeFrontend::set_vring_kick(index, copy_of(ring.kick)));
  if (kind != FrontendKind::user_mode_linux) script.add(FakeFrontend::set_vring_call(index, copy_of(ring.call)));
  if (!is_qemu && kind != FrontendKind::user_mode_linux)
    script.add(FakeFrontend::set_vring_kick(index, copy_of(ring.kick)));
  const bool enables_each = !is_qemu && kind != FrontendKind::cloud_hypervisor;
  if (enables_each) script.add(FakeFrontend::set_vring_enable(index, true));
}

}  // namespace

const char* frontend_name(FrontendKind kind) {
  switch (kind) {
    case FrontendKind::qemu_7_2:
      return "QEMU 7.2";
    case FrontendKind::qemu_10:
      return "QEMU 10";
    case FrontendKind::libblkio:
      return "libblkio";
    case FrontendKind::user_mode_linux:
      return "user-mode Linux";
    case FrontendKind::cloud_hypervisor:
      return "cloud-hypervisor";
    case FrontendKind::firecracker:
      return "Firecracker";
  }
  return "unknown";
}

bool has_inflight(FrontendKind kind) { return (protocol_features(kind) & vhost_protocol::kInflight) != 0; }

std::vector<FakeMessage> connect_script(FrontendKind kind, const ScriptGuest& guest) {
  using enum VhostUserRequest;
  Script script(kind);
  const bool is_qemu = kind == FrontendKind::qemu_7_2 || kind == FrontendKind::qemu_10;
  if (!is_qemu) script.plain(set_owner);
  script.plain(get_features);
  script.plain(get_protocol_features);
  script.number(set_protocol_features, protocol_features(kind));
  script.acknowledge_from_here();
  if ((protocol_features(kind) & vhost_protocol::kMultiQueue) != 0) script.plain(get_queue_num);
  if ((protocol_features(kind) & vhost_protocol::kMemorySlots) != 0) script.plain(get_max_mem_slots);
  if (is_qemu) {
    script.plain(set_owner);
    script.plain(get_features);
    // A notifier of QEMU's own at first, for each queue.
    for (uint32_t i = 0; i < guest.rings.size(); ++i) {
      script.add(FakeFrontend::set_vring_call(i, copy_of(guest.rings[i].call)));
    }
  }
  if (kind == FrontendKind::user_mode_linux) {
    for (const uint32_t offset : {0u, 8u, 12u, 20u, 34u}) script.add(FakeFrontend::get_config(offset, 4));
  } else {
    script.add(FakeFrontend::get_config(0, kind == FrontendKind::qemu_10 ? 96 : 60));
  }
  return script.take();
}

std::vector<FakeMessage> start_script(FrontendKind kind, const ScriptGuest& guest) {
  using enum VhostUserRequest;
  Script script(kind);
  script.acknowledge_from_here();
  const bool is_qemu = kind == FrontendKind::qemu_7_2 || kind == FrontendKind::qemu_10;
  script.number(set_features, guest.features | vhost_feature::kProtocolFeatures);
  if (is_qemu) {
    script.plain(get_status);
    script.number(set_status, 8);
    script.plain(get_status);
  }
  add_memory(script, kind, guest);
  for (uint32_t i = 0; i < guest.rings.size(); ++i) add_ring(script, kind, guest, i);
  if (is_qemu) {
    script.plain(get_status);
    script.number(set_status, 15);
    script.plain(get_status);
  }
  if (is_qemu || kind == FrontendKind::cloud_hypervisor) {
    for (uint32_t i = 0; i < guest.rings.size(); ++i) script.add(FakeFrontend::set_vring_enable(i, true));
  }
  if (is_qemu) {
    // The guest unmasks its interrupt.
    for (uint32_t i = 0; i < guest.rings.size(); ++i) {
      script.add(FakeFrontend::set_vring_call(i, copy_of(guest.rings[i].call)));
    }
  }
  return script.take();
}

std::vector<FakeMessage> stop_script(FrontendKind kind, const ScriptGuest& guest) {
  using enum VhostUserRequest;
  Script script(kind);
  script.acknowledge_from_here();
  const auto rings = static_cast<uint32_t>(guest.rings.size());
  for (uint32_t i = 0; i < rings; ++i) script.add(FakeFrontend::set_vring_enable(i, false));
  if (kind == FrontendKind::user_mode_linux) return script.take();
  if (kind == FrontendKind::qemu_7_2) script.number(set_status, 0);
  for (uint32_t i = 0; i < rings; ++i) script.add(FakeFrontend::get_vring_base(i));
  if (kind == FrontendKind::qemu_10) script.number(set_status, 0);
  if (kind == FrontendKind::libblkio) {
    // libblkio sends a descriptor with REM_MEM_REG.
    for (size_t i = 0; i < guest.guest.region_count(); ++i) {
      script.add(FakeFrontend::rem_mem_reg(guest.guest.region(i), guest.guest.duplicate_fd(i)));
    }
  }
  return script.take();
}

}  // namespace laneway
