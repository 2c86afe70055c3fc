#pragma once
// VhostUserDevice is what the message machine asks of the device it speaks for. All calls come from within the
// machine's pump(), on the device's home reactor; none of them calls back into the machine.

#include <cstdint>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace laneway {

class VhostUserDevice {
 public:
  virtual uint64_t offered_features() const = 0;
  // Fills the whole configuration space; what the device type does not have is zero.
  virtual void read_config(ByteSpan out) const = 0;
  // The driver's write to the configuration space; writes to read-only fields are ignored.
  virtual void write_config(uint32_t offset, ByteView bytes) = 0;
  // Features, cache mode or status in the record changed.
  virtual void settings_changed() = 0;
  // True where the I/O goes by what changed; otherwise the device calls pump() once it does.
  virtual bool are_settings_in_force() const { return true; }
  // RESET_DEVICE: every ring is stopped; the record was cleared.
  virtual void reset() = 0;

  // A ring runs from start_ring() to stop_ring(). start_ring() is asked when the record says that the ring is set up,
  // started and enabled; what it finds wrong there stops the device (VRING_ERR), not the connection.
  virtual bool is_running(uint32_t ring) const = 0;
  virtual void start_ring(uint32_t ring) = 0;
  // Takes no more chains from the ring; true where nothing of it is in flight. Otherwise the device calls pump() once
  // that is so.
  virtual bool hold_ring(uint32_t ring) = 0;
  // Of a ring that is held and has nothing in flight. Returns the next available index.
  virtual uint16_t stop_ring(uint32_t ring) = 0;
  // All held rings go on. After a change of the memory map every running ring finds its memory again first.
  virtual void release_rings(bool has_memory_changed) = 0;
  // True where a region may be added to the memory map while rings run, which release_rings(true) then follows;
  // otherwise the device calls pump() once that is so.
  virtual bool may_add_memory() { return true; }

  // Ends kernel operations on the ring's kick and call descriptors; true where there are none any more. Otherwise the
  // device calls pump() once that is so.
  virtual bool quiesce_descriptors(uint32_t ring) = 0;
  // The record has new descriptors for the ring.
  virtual void descriptors_changed(uint32_t ring) = 0;
  // The same two for the back-end channel.
  virtual bool quiesce_backend_channel() = 0;
  virtual void close_descriptor(UniqueFd fd) = 0;

  // A message was refused; the connection goes on. `stops_device`: nobody was told, so the device must not serve on.
  virtual void message_refused(const Error& error, bool stops_device) = 0;

 protected:
  ~VhostUserDevice() = default;
};

}  // namespace laneway
