#pragma once
// IscsiIo is one request of an IscsiQueue as the SCSI commands that carry it out, one after another: mostly one, more
// where the target limits a command's length or has no FUA. A slot of the queue's pool; home reactor only.

#include <array>
#include <cstdint>

#include "backend/cache_ledger.h"
#include "backend/lun_facts.h"
#include "backend/segment_cursor.h"
#include "block/block.h"
#include "block/block_trace.h"
#include "iscsi/scsi_task.h"

namespace laneway {

class PathLeg;

// iovecs for a command that begins in the middle of a segment; rarely needed, so a queue has a few.
struct SplitVectors {
  std::array<iovec, SegmentCursor::kVectorsMax> vectors;
};

class IscsiIo : public ListNode<> {
 public:
  enum class Place : uint8_t {
    held,     // with the queue: to be sent when a session is ready
    session,  // its task is with the session
    paused,   // with the queue until resume_ns: the target was busy
  };

  void start(BlockRequest& request);
  // Forgets what was done: a new session finds a disk that may have lost it with its cache.
  void restart();
  BlockRequest& request() const { return *request_; }
  bool is_transfer() const { return request_->op == BlockOp::read || request_->op == BlockOp::write; }
  bool may_change_disk() const { return request_->op != BlockOp::read && request_->op != BlockOp::flush; }

  // Makes the next command. Status::ok, or why the request ends here.
  Status prepare(const LunLimits& limits);
  bool needs_split(const LunLimits& limits) const;
  // The command succeeded; true where it was the last one.
  bool finish_command(const LunLimits& limits);
  // Notes how the request ends; the queue finishes it when it may.
  void end_with(Status status) {
    has_ended_ = true;
    end_status_ = status;
  }
  bool has_ended() const { return has_ended_; }
  Status end_status() const { return end_status_; }
  // All of the command's data went over. The residual of other commands' parameters is not to be believed: some targets
  // report one although they did all that was asked.
  bool is_whole() const { return !is_transfer() || task.transferred_bytes == task.data_bytes; }

  iscsi::ScsiTask task;
  PathLeg* leg = nullptr;  // whose session has the task, or had it last
  Place place = Place::held;
  bool was_lost = false;    // sent on a session that ended
  uint64_t started_ns = 0;  // it got its slot then; 0: at once
  // For people, of requests that are traced: what does not happen to most.
  struct Tale {
    uint64_t lost_ns = 0;     // when a command was sent whose answer was lost; the first time
    uint64_t busy_ns = 0;     // in pauses that the target asked for
    uint64_t earlier_ns = 0;  // with the target, of commands before the present one
    uint32_t lost_path = BlockTrace::kNoPath;
    uint8_t replays = 0;
    uint8_t retries = 0;
  };
  Tale tale;
  bool has_tale = false;
  uint32_t attempts = 0;  // of the command, that the target turned away
  uint64_t resume_ns = 0;
  uint64_t sent_ns = 0;                 // where the time is measured that a path takes
  SplitVectors* split = nullptr;        // taken from the queue for the length of the request
  CacheLedger::FlushStart flush_start;  // flush: taken when it was accepted

 private:
  Status prepare_transfer(const LunLimits& limits);
  Status prepare_unmap(const LunLimits& limits);
  Status prepare_write_same(const LunLimits& limits, bool is_unmap);
  void prepare_flush();
  void set_data(iscsi::DataDirection direction, std::span<const iovec> data, uint64_t bytes);
  uint64_t left_bytes() const { return request_->length_bytes - done_bytes_; }
  uint64_t next_offset_bytes() const { return request_->offset_bytes + done_bytes_; }
  bool needs_sync(const LunLimits& limits) const;

  BlockRequest* request_ = nullptr;
  SegmentCursor cursor_;
  uint64_t done_bytes_ = 0;
  uint64_t command_bytes_ = 0;  // of the disk that the present command covers
  bool has_ended_ = false;
  Status end_status_ = Status::ok;
  bool is_syncing_ = false;  // the data is written, the cache is being flushed for FUA
  std::array<uint8_t, 24> unmap_list_{};
  iovec vector_{};
};

}  // namespace laneway
