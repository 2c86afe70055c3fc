#pragma once
// vhost-user messages on the wire (QEMU's docs/interop/vhost-user.rst): numbers, feature bits, payload structs, and the
// decode of a header with its bounds. Native byte order, which is little endian here. Pure data. Any thread.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "guest/guest_memory.h"

namespace laneway {

enum class VhostUserRequest : uint32_t {
  get_features = 1,
  set_features = 2,
  set_owner = 3,
  reset_owner = 4,
  set_mem_table = 5,
  set_vring_num = 8,
  set_vring_addr = 9,
  set_vring_base = 10,
  get_vring_base = 11,
  set_vring_kick = 12,
  set_vring_call = 13,
  set_vring_err = 14,
  get_protocol_features = 15,
  set_protocol_features = 16,
  get_queue_num = 17,
  set_vring_enable = 18,
  set_backend_req_fd = 21,
  get_config = 24,
  set_config = 25,
  get_inflight_fd = 31,
  set_inflight_fd = 32,
  reset_device = 34,
  get_max_mem_slots = 36,
  add_mem_reg = 37,
  rem_mem_reg = 38,
  set_status = 39,
  get_status = 40,
};
// Our own request on the back-end channel.
inline constexpr uint32_t kBackendConfigChange = 2;

namespace vhost_feature {
inline constexpr uint64_t kProtocolFeatures = 1ull << 30;  // in GET_FEATURES
}
namespace vhost_protocol {
inline constexpr uint64_t kMultiQueue = 1ull << 0;
inline constexpr uint64_t kReplyAck = 1ull << 3;
inline constexpr uint64_t kBackendRequest = 1ull << 5;
inline constexpr uint64_t kConfig = 1ull << 9;
inline constexpr uint64_t kInflight = 1ull << 12;
inline constexpr uint64_t kResetDevice = 1ull << 13;
inline constexpr uint64_t kMemorySlots = 1ull << 15;
inline constexpr uint64_t kStatus = 1ull << 16;
}  // namespace vhost_protocol

struct MessageHeaderWire {
  uint32_t request = 0;
  uint32_t flags = 0;
  uint32_t payload_bytes = 0;
};
static_assert(sizeof(MessageHeaderWire) == 12);

inline constexpr uint32_t kMessageVersion = 1;  // flags, bits 0-1
inline constexpr uint32_t kMessageVersionMask = 3;
inline constexpr uint32_t kMessageReply = 4;
inline constexpr uint32_t kMessageNeedReply = 8;
inline constexpr uint32_t kMessagePayloadMax = 2048;
inline constexpr uint32_t kMessageDescriptorsMax = 32;  // QEMU sends up to 8, rust-vmm's front-ends up to 32
inline constexpr uint32_t kMemoryTableRegionsMax = 32;
inline constexpr uint32_t kConfigPayloadMax = 256;

struct VringStateWire {
  uint32_t ring = 0;
  uint32_t number = 0;
};
static_assert(sizeof(VringStateWire) == 8);

struct VringAddressWire {
  uint32_t ring = 0;
  uint32_t flags = 0;
  uint64_t descriptors = 0;
  uint64_t used = 0;
  uint64_t available = 0;
  uint64_t log = 0;
};
static_assert(sizeof(VringAddressWire) == 40);

struct MemoryRegionWire {
  uint64_t guest_address = 0;
  uint64_t size_bytes = 0;
  uint64_t user_address = 0;
  uint64_t mmap_offset_bytes = 0;
};
static_assert(sizeof(MemoryRegionWire) == 32);

struct MemoryTableWire {  // followed by the regions
  uint32_t regions = 0;
  uint32_t padding = 0;
};
static_assert(sizeof(MemoryTableWire) == 8);

struct SingleRegionWire {
  uint64_t padding = 0;
  MemoryRegionWire region;
};
static_assert(sizeof(SingleRegionWire) == 40);

struct ConfigWire {  // followed by the bytes
  uint32_t offset = 0;
  uint32_t size_bytes = 0;
  uint32_t flags = 0;
};
static_assert(sizeof(ConfigWire) == 12);

struct InflightWire {  // some front-ends send it without the four bytes at the end
  uint64_t mmap_size_bytes = 0;
  uint64_t mmap_offset_bytes = 0;
  uint16_t queues = 0;
  uint16_t queue_size = 0;
  uint32_t padding = 0;
};
static_assert(sizeof(InflightWire) == 24);
inline constexpr uint32_t kInflightWireShort = 20;

// The low byte of SET_VRING_KICK, CALL and ERR is the ring; bit 8 says that no descriptor comes.
inline constexpr uint64_t kVringIndexMask = 0xff;
inline constexpr uint64_t kVringNoDescriptor = 0x100;

// Refuses a header of another version, a reply, or one that announces more payload than any message has.
Result<MessageHeaderWire> decode_message_header(ByteView bytes);

GuestRegion decode_region(const MemoryRegionWire& wire);

// For log lines: "SET_VRING_ADDR"; "request 99" is what the caller makes of an empty text.
const char* request_name(uint32_t request);

}  // namespace laneway
