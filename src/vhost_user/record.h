#pragma once
// DeviceRecord is all state of an attached device: from it and the guest's memory the device can be rebuilt, by the
// same engine or a later one, and continue where it was. The message machine keeps its live state in one;
// encode_record() makes bytes and a list of descriptors of it for whoever holds them meanwhile. What a ring has in
// flight is not here but in the in-flight region (virtio/inflight.h), which changes with every request. Home reactor; a
// decoded record: any one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "guest/guest_memory.h"

namespace laneway {

struct RegionRecord {
  GuestRegion region;
  UniqueFd fd;
};

struct RingRecord {
  uint16_t size = 0;  // 0: not set up
  uint16_t base = 0;  // the next available index when the ring starts, or was when it stopped
  bool has_addresses = false;
  bool is_started = false;  // between SET_VRING_KICK and GET_VRING_BASE
  bool is_enabled = false;
  UserAddr descriptors{};
  UserAddr available{};
  UserAddr used{};
  uint32_t flags = 0;  // SET_VRING_ADDR: bit 0 asks for logging of the used ring
  uint64_t log_guest_address = 0;
  UniqueFd kick;  // none though started: the front-end wants the ring polled
  UniqueFd call;
  UniqueFd error;
};

struct InflightRecord {
  UniqueFd fd;                     // none: no region yet
  bool is_from_front_end = false;  // it was set by SET_INFLIGHT_FD; otherwise the engine's own
  uint64_t mmap_size_bytes = 0;
  uint64_t mmap_offset_bytes = 0;
  uint16_t queues = 0;
  uint16_t queue_size = 0;
};

struct DeviceRecord {
  static constexpr uint32_t kVersion = 1;
  static constexpr uint32_t kRingsMax = 128;

  uint64_t generation = 0;    // raised by every take-over
  UniqueFd connection;        // the socket of the front-end
  bool is_owned = false;      // SET_OWNER came
  bool has_features = false;  // SET_FEATURES came
  bool is_writeback = true;   // cache mode in force
  uint8_t status = 0;         // virtio device status, where the front-end tells it
  uint64_t features = 0;
  uint64_t protocol_features = 0;
  std::vector<RegionRecord> regions;
  std::vector<RingRecord> rings;
  UniqueFd backend_request;  // the channel for our own messages to the front-end
  InflightRecord inflight;
  bool is_broken = false;  // a rule of virtio was broken: nothing is served before a reset
  std::string broken_reason;
  // How far the front-end's messages were taken (decision 60): what was kept last has this serial. Where that was not
  // noted, the answer is still to be sent and these bytes are still to be taken from the socket, since their effect is
  // in this record.
  uint64_t serial = 0;
  uint32_t consume_bytes = 0;
  // Nothing that its engine began can still take effect on the disk: unfinished requests need no fence.
  bool is_settled = false;
  // The part of a message whose rest has not arrived, and an answer that is not wholly sent.
  std::vector<uint8_t> input;
  std::vector<UniqueFd> input_descriptors;
  std::vector<uint8_t> output;
  std::vector<UniqueFd> output_descriptors;
};

struct EncodedRecord {
  std::vector<uint8_t> bytes;
  std::vector<int> descriptors;  // still owned by the record
};

// What a live device keeps outside of its record, or would not hand over. Borrowed.
struct LentParts {
  int connection = -1;
  const GuestMemory* memory = nullptr;
  size_t unconsumed_bytes = 0;  // at the end of the input: they are still in the front-end's socket
  size_t unconsumed_descriptors = 0;
};

// Version and length-prefixed fields; a later version may add fields that an earlier one skips, and what an earlier one
// did not write has its default.
EncodedRecord encode_record(const DeviceRecord& record, const LentParts& lent = {});
// Foreign bytes are welcome: anything malformed is refused and its descriptors are closed.
Result<DeviceRecord> decode_record(ByteView bytes, std::vector<UniqueFd> descriptors);

// A second record with duplicates of all descriptors.
Result<DeviceRecord> duplicate_record(const DeviceRecord& record, const LentParts& lent = {});

}  // namespace laneway
