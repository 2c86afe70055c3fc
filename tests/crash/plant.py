#!/usr/bin/env python3
"""Writes a copy of one of the engine's sources with bugs planted in it, each asleep until LANEWAY_PLANT names it.

usage: plant.py SOURCE COPY
The engine's own source knows nothing of it. A text that is not there exactly once ends the build: the source has
changed, and the bug must be planted anew.
"""

import sys
from pathlib import Path

# File -> (what is there, what takes its place). planted(NAME) is true where that bug is awake.
PLANTS = {
    'split_queue.cc': (
        # Every other request is never recorded as begun: a successor does not repeat it, and takes others twice. (Were
        # none recorded, a successor would find the right ones in the ring: all that it has no answer for, in order.)
        ('  record_.store_in_flight(head, true, std::memory_order_release);\n',
         '''  if (!planted("every_other_not_recorded") || next_available_ % 2 == 0) {
    record_.store_in_flight(head, true, std::memory_order_release);
  }
'''),
        # The record says "done" before the guest can see it. The moment before the guest can: with others in flight.
        ('  ring_.store_used_index(next_used_, std::memory_order_release);\n',
         '''  if (planted("record_cleared_before_used")) {
    for (uint32_t i = 0; i < batch_count_; ++i) record_.store_in_flight(batch_[i], false, std::memory_order_release);
    record_.store_used_index(next_used_, std::memory_order_release);
  }
  uint32_t unrecorded = planted("every_other_not_recorded") ? 0 : 2;
  for (uint16_t i = 0; i < ring_.size() && is_asked(Moment::before_used); ++i) {
    if (is_taken_[i] != 0 && !record_.is_in_flight(i)) ++unrecorded;
  }
  if (in_flight_ > 0 && unrecorded >= 2) stand_if_asked(Moment::before_used);
  ring_.store_used_index(next_used_, std::memory_order_release);
  stand_if_asked(Moment::after_used);
'''),
        # A successor repeats what the guest has seen as used.
        ('  record_.store_last_batch_head(head);\n',
         '''  record_.store_last_batch_head(planted("batch_not_recorded") ? ring_.size() : head);
'''),
    ),
    'multipath_debt.cc': (
        # No lost write is ever owed a fence.
        ('  const IscsiTargetSettings& settings = path.target().settings();\n',
         '''  if (planted("replay_without_fence")) return;
  const IscsiTargetSettings& settings = path.target().settings();
'''),
    ),
    'iscsi_queue.cc': (
        # A write whose answer was lost counts as done.
        ('    const bool was_lost = std::exchange(io->was_lost, false);\n',
         '''    const bool was_lost = std::exchange(io->was_lost, false);
    if (was_lost && io->may_change_disk() && planted("lost_write_counts_as_done")) {
      finish_soon(*io, Status::ok);
      continue;
    }
'''),
    ),
}


def main():
    source, copy = (Path(word) for word in sys.argv[1:])
    text = source.read_text(encoding='utf-8')
    for there, instead in PLANTS[source.name]:
        if text.count(there) != 1:
            sys.exit(f'plant.py: {source}: {text.count(there)} times instead of once:\n{there}')
        text = text.replace(there, instead)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(f'#include "crash/planted.h"\n#line 1 "{source}"\n{text}', encoding='utf-8')


if __name__ == '__main__':
    main()
