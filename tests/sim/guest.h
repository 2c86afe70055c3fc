#pragma once
// Guest is whoever uses the disk in a simulation: straight through the block interface, or with rings over vhost-user.
// It reports to a Referee, which knows the model and which errors are allowed. Owned by the simulation.

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/disk_model.h"

namespace laneway::sim {

class Guest {
 public:
  virtual ~Guest() = default;

  virtual void start() = 0;
  // No more random operations; what is in flight goes on.
  virtual void stop_submitting() = 0;
  virtual bool has_submitted_all() const = 0;
  virtual bool is_idle() const = 0;  // nothing in flight, and able to submit
  // Reads the whole disk, once; is_idle() says when it is done.
  virtual void read_everything() = 0;
  // Lets go of the device; is_gone() says when it has.
  virtual void leave() = 0;
  virtual bool is_gone() const = 0;
  virtual std::string describe() const = 0;
};

// Judges what the device answers.
class Referee {
 public:
  virtual DiskModel& model() = 0;
  // An operation of this kind failed after that time: is it excused? If not, it is noted as a fault.
  virtual void failed(ModelOp kind, uint64_t age_ns, std::string_view status) = 0;
  // An operation was answered after that time.
  virtual void answered(ModelOp kind, uint64_t age_ns) = 0;

 protected:
  ~Referee() = default;
};

}  // namespace laneway::sim
