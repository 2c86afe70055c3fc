#pragma once
// The vocabulary between front-ends and back-ends: a BlockRequest is one I/O of a guest, a BlockQueue carries requests
// to a back-end on one reactor, a BlockDevice is a disk that opens one BlockQueue a reactor. Throttles and multipath
// are BlockQueues too. Requests belong to the front-end that submits them.

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/intrusive_list.h"
#include "base/result.h"
#include "base/status.h"
#include "base/units.h"
#include "block/disk_health.h"

namespace laneway {

class Reactor;

enum class BlockOp : uint8_t {
  read,          // offset, segments (writable by us)
  write,         // offset, segments (readable), is_fua
  flush,         // everything finished before it was submitted is on stable storage when it finishes
  discard,       // offset, length_bytes; contents undefined afterwards
  write_zeroes,  // offset, length_bytes; may_unmap allows the range to be deallocated
};

struct BlockRequest;
struct BlockTrace;

// Where finished requests return to. Called on the queue's reactor, once a request, never inside submit().
class BlockRequestOwner {
 public:
  virtual void finish(BlockRequest& request, Status status) = 0;

 protected:
  ~BlockRequestOwner() = default;
};

struct BlockRequest : ListNode<> {
  // Filled in by the front-end; unchanged until finished.
  BlockOp op = BlockOp::read;
  bool is_fua = false;        // write, write_zeroes: on stable storage when it finishes
  bool may_unmap = false;     // write_zeroes
  uint64_t offset_bytes = 0;  // a multiple of the device's block size
  uint64_t length_bytes = 0;  // likewise; for read and write the sum of the segments
  std::span<iovec> segments;  // guest memory, any alignment, any length; the span's array is not changed by back-ends
  // When the front-end would rather have an error than wait on; a throttle moves it by what it held the request.
  uint64_t deadline_ns = kNever;
  BlockRequestOwner* owner = nullptr;
  uint64_t start_ns = 0;            // when it was taken from the guest
  uint64_t trace_from_ns = kNever;  // its owner's: it is traced where it ends at this time or later

  // What a throttle adds.
  uint64_t held_ns = 0;  // for how long it held the request
  uint8_t held_by = 0;   // because of which limit (qos/limits.h); means something where held_ns is not 0

  // Scratch of the queue that holds the request now; the ListNode is its too.
  void* queue_slot = nullptr;
  uint64_t queue_word = 0;
};

// What a disk can do and how it wants to be asked. Sizes in bytes.
struct BlockGeometry {
  uint64_t capacity_bytes = 0;
  uint32_t block_bytes = 512;  // logical: 512 or 4096
  uint32_t physical_block_bytes = 512;
  uint32_t optimal_io_bytes = 0;  // 0: not known
  bool is_read_only = false;
  bool has_volatile_cache = true;  // flush means something
  bool can_discard = false;
  bool can_write_zeroes = false;
  uint32_t discard_alignment_bytes = 512;
  uint64_t discard_max_bytes = 0;  // of one request
  uint64_t write_zeroes_max_bytes = 0;
};

// Whether polling hears sooner of what a queue has under way.
enum class Patience : uint8_t {
  none,   // it does
  bulk,   // by less than matters: the rest of a large transfer arrives, and others follow it
  timed,  // not before a time that is set: answers gather until then
};

class BlockQueue {
 public:
  virtual ~BlockQueue() = default;  // only after is_drained()

  // Accepts every request of the batch; each finishes exactly once, later, through its owner.
  // The caller has checked range, alignment and read-only; a queue may rely on it.
  virtual void submit(std::span<BlockRequest* const> batch) = 0;
  // Work that no completion drives (a memory disk finishes here). Returns how many requests made progress.
  virtual uint32_t poll(uint64_t now_ns) = 0;
  // True where poll() has work without any outside event.
  virtual bool wants_poll() const = 0;
  virtual Patience patience() const { return Patience::none; }
  // Stops waiting: what is not yet irrevocably under way finishes soon with Status::aborted; the rest finishes as it
  // ends.
  virtual void drain() = 0;
  virtual bool is_drained() const = 0;  // nothing accepted is unfinished
  // Where the time of the request went that is finished right now: for its owner, first thing in finish(). False where
  // there is no more to tell than that.
  virtual bool tell(BlockTrace& /*trace*/) const { return false; }
};

// Told, on any reactor or control thread, that geometry() changed (a resize on the array).
class BlockDeviceWatcher {
 public:
  virtual void geometry_changed() = 0;

 protected:
  ~BlockDeviceWatcher() = default;
};

// A disk. Created and destroyed by control threads; geometry() and watchers are safe from any thread.
class BlockDevice {
 public:
  virtual ~BlockDevice() = default;  // only after its queues are gone

  virtual BlockGeometry geometry() const = 0;
  // A queue that lives on `reactor`; called on it. Cheap: connections are made at the first request.
  virtual Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) = 0;
  // Asks for a new capacity (0: look how large it is now). A control thread; may block for a bounded time.
  virtual Result<void> resize(uint64_t capacity_bytes) = 0;
  // What the disk is, for people: "memory", "file /srv/a.raw", "iscsi iqn.x lun 1".
  virtual std::string describe() const = 0;
  // A name that stays with the content (VPD 0x83 designator), empty where there is none.
  virtual std::string identity() const = 0;
  // What is wrong with it now.
  virtual DiskHealth health() const { return {}; }
  // One watcher, or null to end the watching.
  virtual void watch(BlockDeviceWatcher* watcher) = 0;
  // No request that was given up can still take effect. Any thread.
  virtual bool is_settled() const { return true; }
};

}  // namespace laneway
