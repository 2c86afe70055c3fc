#pragma once
// FileIo is one request of a FileQueue on its way through the kernel: it starts one operation after another until all
// of the request is done. A slot of the queue's pool; home reactor only.

#include <array>
#include <cstdint>

#include "backend/aligned_buffers.h"
#include "backend/file_open.h"
#include "backend/segment_cursor.h"
#include "block/block.h"
#include "reactor/kernel_port.h"

namespace laneway {

class FileIo;

// What a FileIo has from its queue.
class FileIoOwner {
 public:
  virtual void finish_io(FileIo& io, Status status) = 0;
  // True once the request should end at its next step.
  virtual bool is_draining() const = 0;

  KernelPort* kernel = nullptr;
  const OpenFile* file = nullptr;
  AlignedBuffers* buffers = nullptr;
  // Learned from refusals; not asked for again.
  bool lacks_punch = false;
  bool lacks_zero_range = false;

 protected:
  ~FileIoOwner() = default;
};

// True where the kernel would refuse the request's segments as they are.
bool needs_bounce(const OpenFile& file, const BlockRequest& request);

class FileIo {
 public:
  FileIo() : op_(this, done_by<&FileIo::step_ended>) {}

  // `bounce` is a buffer of the owner's pool or null; bounce() gives it back at the end.
  void start(FileIoOwner& owner, BlockRequest& request, uint8_t* bounce);
  BlockRequest& request() const { return *request_; }
  uint8_t* bounce() const { return bounce_; }

 private:
  enum class Step : uint8_t { transfer, sync, punch, zero_range, write_zeroes };

  void start_step();
  void start_transfer();
  void start_zero_write();
  void step_ended(int32_t result);
  void moved(uint64_t bytes);
  void end_or_sync();
  bool starts_fall_back(int32_t result);
  Step first_step() const;

  KernelOp op_;
  FileIoOwner* owner_ = nullptr;
  BlockRequest* request_ = nullptr;
  uint8_t* bounce_ = nullptr;
  SegmentCursor cursor_;
  uint64_t done_bytes_ = 0;
  Step step_ = Step::transfer;
  uint8_t interruptions_ = 0;
  std::array<iovec, 16> vectors_{};  // read by the kernel until the operation ends
};

}  // namespace laneway
