#!/usr/bin/env python3
"""What idle functions cost: the engine's CPU time and memory with many functions attached to a guest.

usage: idle_figures.py [FUNCTIONS] [SECONDS]   (default 64 functions, watched for 10 seconds)
"""

import sys

from lab import watch, workplace
from lab.engine import Engine
from lab.uml import UmlGuest

PER_GUEST = 16  # a user-mode kernel's command line holds no more


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    workplace.turn_signals_into_exceptions()
    with workplace.Workplace('idle') as place:
        engine = Engine(place)
        empty = engine.process.resident_bytes()
        sockets = [engine.create(f'lane{number}', '--memory', '16M') for number in range(count)]
        created = engine.process.resident_bytes()
        for first in range(0, count, PER_GUEST):
            guest = UmlGuest(place, sockets[first:first + PER_GUEST], name=f'uml{first}', memory_mib=128)
            wanted = min(PER_GUEST, count - first)
            watch.until(lambda: sum(name.startswith('vd') for name in guest.disks()) == wanted, f'{wanted} disks')
        watch.pause(2)
        attached = engine.process.resident_bytes()
        before = engine.process.cpu_seconds()
        watch.pause(seconds)
        used = engine.process.cpu_seconds() - before
        print(f'{count} functions attached to guests, idle for {seconds:g} s: {used:.2f} CPU s '
              f'({used / seconds:.4f} of a core)')
        print(f'resident: {empty / 1024:.0f} KiB empty; a function adds {(created - empty) / count / 1024:.0f} KiB '
              f'created and {(attached - empty) / count / 1024:.0f} KiB attached')


if __name__ == '__main__':
    main()
