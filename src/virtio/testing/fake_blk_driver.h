#pragma once
// FakeBlkDriver makes virtio-blk requests on a FakeDriver: it has a fixed number of request buffers in the guest's
// memory and gives results back with their data. Used by unit tests and the simulator. One thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "virtio/testing/fake_driver.h"

namespace laneway {

class FakeBlkDriver {
 public:
  struct Options {
    uint32_t requests = 64;  // at most that many in flight
    uint32_t data_bytes_max = 64 << 10;
    bool is_indirect = false;
    uint32_t segments = 1;  // into how many buffers the data is split
  };
  struct Finished {
    uint32_t id = 0;
    uint32_t type = 0;
    uint64_t sector = 0;
    uint8_t status = 0;
    uint32_t used_length = 0;
    ByteView data;  // of a read or GET_ID: what the device wrote; of a write: what was sent. Valid until the id is used
                    // again.
  };

  FakeBlkDriver(FakeGuest& guest, FakeDriver& driver, const Options& options);

  // Each adds one request and returns its id (< requests), or nothing where all are in flight or the ring is full.
  // Not visible to the device before FakeDriver::publish().
  std::optional<uint32_t> read(uint64_t sector, uint32_t bytes);
  std::optional<uint32_t> write(uint64_t sector, ByteView data);
  std::optional<uint32_t> flush();
  std::optional<uint32_t> discard(uint64_t sector, uint32_t sectors, uint32_t flags = 0);
  std::optional<uint32_t> write_zeroes(uint64_t sector, uint32_t sectors, bool may_unmap);
  std::optional<uint32_t> get_id();
  // Any type, with data to the device or from it.
  std::optional<uint32_t> request(uint32_t type, uint64_t sector, ByteView to_device, uint32_t from_device_bytes);

  // The next finished request; nothing where none is.
  std::optional<Finished> take_finished();
  uint32_t in_flight() const { return in_flight_; }

 private:
  struct Buffer {
    GuestAddr header{};
    GuestAddr data{};
    GuestAddr status{};
    uint32_t type = 0;
    uint64_t sector = 0;
    uint32_t data_bytes = 0;
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  FakeGuest& guest_;
  FakeDriver& driver_;
  const Options options_;
  std::vector<Buffer> buffers_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> id_of_head_;
  uint32_t in_flight_ = 0;
};

}  // namespace laneway
