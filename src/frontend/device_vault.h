#pragma once
// DeviceVault is where a function's device record is kept so that it outlives the engine (decision 60). One a function,
// owned by what made the function; it outlives the device. Home reactor only, but for what says otherwise.

#include <cstdint>

#include "vhost_user/record.h"

namespace laneway {

// What a vault holds of an attached device.
struct KeptDevice {
  DeviceRecord record;
  uint64_t note = 0;  // the serial that was noted last, 0: none
};

class DeviceVault {
 public:
  class Owner {
   public:
    // What was put last is safe: from here on a successor would continue with it.
    virtual void record_kept() = 0;
    // The note was sent. Both are told later than the call, never in it.
    virtual void note_sent() = 0;
    // Where records are kept is new and empty: put the device's record again.
    virtual void vault_renewed() = 0;

   protected:
    ~Owner() = default;
  };

  virtual ~DeviceVault() = default;

  // Who is told; null ends the telling. Nothing is under way then, or is_idle() is waited for first.
  virtual void attend(Owner* owner) = 0;
  // Keeps this record in place of the former one. The descriptors and bytes are copied before record_kept(), and must
  // stay until then. One put at a time.
  virtual void put(const EncodedRecord& record) = 0;
  // Starts sending the note, in the same flush as what was started before it. One at a time, not during a put.
  virtual void note(uint64_t serial) = 0;
  // No device is attached any more. Not during a put or note; a put may follow at once.
  virtual void drop() = 0;
  virtual bool is_idle() const = 0;
};

}  // namespace laneway
