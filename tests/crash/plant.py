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
        # A request is never recorded as begun: a successor does not know that it must be repeated.
        ('  record_.store_in_flight(head, true, std::memory_order_release);\n',
         '  if (!planted("record_never_set")) record_.store_in_flight(head, true, std::memory_order_release);\n'),
        # The record says "done" before the guest can see it; the window is wide enough to be hit by a kill.
        ('  ring_.store_used_index(next_used_, std::memory_order_release);\n',
         '''  if (planted("record_cleared_before_used")) {
    for (uint32_t i = 0; i < batch_count_; ++i) record_.store_in_flight(batch_[i], false, std::memory_order_release);
    record_.store_used_index(next_used_, std::memory_order_release);
    linger();
  }
  ring_.store_used_index(next_used_, std::memory_order_release);
'''),
        # A successor repeats what the guest has seen as used.
        ('  record_.store_last_batch_head(head);\n',
         '''  if (!planted("batch_not_recorded")) record_.store_last_batch_head(head);
'''),
        ('    is_taken_[batch_[i]] = 0;\n',
         '''    is_taken_[batch_[i]] = 0;
    if (i == 0 && planted("batch_not_recorded")) linger();
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
