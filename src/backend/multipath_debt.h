#pragma once
// FenceDebt is what a function owes before it may send again: the paths on which commands that change the disk were
// lost and may still take effect, and since when. A reset proves that they are dead on the logical unit it was sent to,
// and there only; for another unit time has to prove it. Part of an IscsiLun. Any thread; written when sessions end.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/guarded.h"
#include "backend/multipath_path.h"

namespace laneway {

class FenceDebt {
 public:
  // What a fence over one path can and has to do now.
  struct Plan {
    bool is_due = false;
    bool is_reset_due = false;   // a reset over this path settles part of it, or all
    bool is_own_path = true;     // all that is due was lost on this very path
    uint64_t wait_until_ns = 0;  // for what a reset over this path does not settle; 0: nothing
  };

  // One relaxed load: also before requests are sent.
  bool is_due() const { return is_due_.load(std::memory_order_acquire); }
  // 0: at a time that is not known, before now.
  void add(const LunPath& path, uint64_t lost_ns);
  Plan plan(const LunPath& over, uint64_t now_ns);
  // A reset over that path was carried out, or the time passed that stands for it.
  void reset_stands(const LunPath& over);
  // What was lost long enough ago is dead.
  void time_stands(uint64_t now_ns);
  // An operator says that all paths lead to one task set, although the targets have different names.
  void set_one_task_set(bool is_one) { is_one_task_set_.store(is_one, std::memory_order_relaxed); }
  bool is_one_task_set() const { return is_one_task_set_.load(std::memory_order_relaxed); }
  // Resets that were carried out so far.
  uint64_t resets() const { return resets_.load(std::memory_order_relaxed); }

 private:
  // By value: a path may be removed before its debt is settled.
  struct Entry {
    uint32_t path = 0;
    std::string target_name;
    uint32_t lun = 0;
    uint64_t lost_ns = 0;
    uint64_t delay_ns = 0;
  };
  bool is_settled_over(const Entry& entry, const LunPath& over) const;

  Guarded<std::vector<Entry>> entries_;
  std::atomic<bool> is_due_{false};
  std::atomic<bool> is_one_task_set_{false};
  std::atomic<uint64_t> resets_{0};
};

}  // namespace laneway
