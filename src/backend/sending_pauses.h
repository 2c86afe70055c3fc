#pragma once
// SendingPauses remembers when a queue could not send last, and why, so that a request that is traced can say what it
// waited for. Part of an IscsiQueue; home reactor only.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace laneway {

class SendingPauses {
 public:
  enum class Why : uint8_t {
    no_path,  // no session was there
    fence,    // what was lost might still have taken effect
  };

  // One reason at a time: another one ends the pause that runs.
  void begin(Why why, uint64_t now_ns) {
    Pause& pause = of(why);
    if (is_running_ && pause.end_ns == kNever) return;
    end(now_ns);
    pause = {now_ns, kNever};
    is_running_ = true;
  }
  void end(uint64_t now_ns) {
    if (!is_running_) return;
    is_running_ = false;
    for (Pause& pause : pauses_) {
      if (pause.end_ns == kNever) pause.end_ns = now_ns;
    }
  }

  bool is_running() const { return is_running_; }
  // How much of that time the last pause of the kind took.
  uint64_t within_ns(Why why, uint64_t from_ns, uint64_t to_ns) const {
    const Pause& pause = pauses_[static_cast<size_t>(why)];
    const uint64_t begin_ns = std::max(from_ns, pause.begin_ns);
    const uint64_t end_ns = std::min(to_ns, pause.end_ns);
    return end_ns > begin_ns ? end_ns - begin_ns : 0;
  }

 private:
  struct Pause {
    uint64_t begin_ns = 0;
    uint64_t end_ns = 0;  // kNever: it runs
  };
  Pause& of(Why why) { return pauses_[static_cast<size_t>(why)]; }

  std::array<Pause, 2> pauses_;
  bool is_running_ = false;
};

}  // namespace laneway
