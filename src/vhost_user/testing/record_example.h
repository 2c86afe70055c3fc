#pragma once
// A device record with something in every field; testdata/device_record_1.hex holds its bytes. A plain value. Tests
// only, any thread.

#include <sys/eventfd.h>

#include "vhost_user/record.h"

namespace laneway {

inline UniqueFd record_event() { return UniqueFd(::eventfd(0, EFD_CLOEXEC)); }

inline DeviceRecord record_example() {
  DeviceRecord record;
  record.generation = 7;
  record.connection = record_event();
  record.is_owned = record.has_features = true;
  record.is_writeback = false;
  record.status = 15;
  record.features = 0x1'3000'0040;
  record.protocol_features = 0x1b229;
  record.regions.push_back({{GuestAddr{0}, 1 << 30, UserAddr{0x7f0000000000}, 4096}, record_event()});
  record.regions.push_back({{GuestAddr{1ull << 32}, 1 << 20, UserAddr{0x7f1000000000}, 0}, record_event()});
  for (int i = 0; i < 3; ++i) {
    RingRecord ring;
    ring.size = static_cast<uint16_t>(128 << i);
    ring.base = static_cast<uint16_t>(65535 - i);
    ring.has_addresses = ring.is_started = true;
    ring.is_enabled = i != 1;
    ring.descriptors = UserAddr{0x7f0000001000};
    ring.available = UserAddr{0x7f0000002000};
    ring.used = UserAddr{0x7f0000003000};
    ring.flags = 1;
    ring.log_guest_address = 77;
    ring.kick = record_event();
    if (i == 0) ring.call = record_event();
    record.rings.push_back(std::move(ring));
  }
  record.backend_request = record_event();
  record.inflight = InflightRecord{record_event(), true, 8192, 4096, 3, 512};
  record.is_broken = true;
  record.broken_reason = "ring 1: available index jumped";
  record.serial = 1ull << 40;
  record.consume_bytes = 20;
  record.is_settled = true;
  record.input = {1, 2, 3};
  record.input_descriptors.push_back(record_event());
  record.output = {9, 8, 7, 6};
  record.output_descriptors.push_back(record_event());
  return record;
}

}  // namespace laneway
