#pragma once
// FakeDriver is the guest's side of one split ring, as a driver does it: it writes descriptors, makes chains available,
// looks whether the device wants a kick, and takes what was used. Hostile tests reach around it through vring(). Used
// without any socket by unit tests, fuzzers and the simulator. One thread, which may be another one than the device's.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "virtio/testing/fake_guest.h"
#include "virtio/vring_layout.h"

namespace laneway {

struct FakeBuffer {
  GuestAddr address{};
  uint32_t length = 0;
  bool is_writable = false;  // by the device
};

class FakeDriver {
 public:
  struct Options {
    uint16_t size = 256;
    bool has_event_index = false;
    uint16_t first_index = 0;  // of both rings, as after a migration
  };
  struct Used {
    uint16_t head = 0;
    uint32_t length = 0;
  };

  FakeDriver(FakeGuest& guest, const Options& options);

  uint16_t size() const { return ring_.size(); }
  GuestAddr descriptors() const { return descriptors_; }
  GuestAddr available() const { return available_; }
  GuestAddr used() const { return used_; }

  // Writes a chain and puts it into the available ring, not yet visible to the device; nothing where too few
  // descriptors are free. `is_indirect` puts all buffers into one table that the guest allocates.
  std::optional<uint16_t> add(std::span<const FakeBuffer> buffers, bool is_indirect = false);
  // Makes all added chains visible; true where the device wants a kick for them.
  bool publish();
  // The next used chain; its descriptors are free again.
  std::optional<Used> take_used();
  // Whether the device should call us. Turning it on returns false where used chains are there already: take them
  // first.
  bool set_calls(bool is_wanted);

  uint32_t free_descriptors() const { return static_cast<uint32_t>(free_.size()); }
  uint32_t in_flight() const { return in_flight_; }
  Vring& vring() { return ring_; }

 private:
  struct IndirectTable {
    GuestAddr address{};
    uint64_t bytes = 0;
  };
  void write_direct(std::span<const FakeBuffer> buffers, uint16_t head);
  void write_indirect(std::span<const FakeBuffer> buffers, uint16_t head);

  FakeGuest& guest_;
  const Options options_;
  GuestAddr descriptors_;
  GuestAddr available_;
  GuestAddr used_;
  Vring ring_;
  std::vector<uint16_t> free_;                         // descriptors, the next one to use last
  std::vector<std::vector<uint16_t>> descriptors_of_;  // by head
  std::vector<IndirectTable> indirect_of_;             // by head
  uint16_t next_available_;
  uint16_t published_;
  uint16_t next_used_;
  uint32_t in_flight_ = 0;
  bool wants_calls_ = true;
};

}  // namespace laneway
