#!/usr/bin/env python3
"""What idle functions cost: the engine's CPU time and memory with many functions attached to a guest.

usage: idle_figures.py [FUNCTIONS] [SECONDS]   (default 64 functions, watched for 10 seconds)

Memory is the engine's proportional share (PSS) without the guests' own memory. Half of the functions are made and
attached first; a function's share is what the other half adds, so that what the engine needs once does not count.
"""

import sys

from lab import watch, workplace
from lab.engine import Engine
from lab.uml import UmlGuest

PER_GUEST = 16  # a user-mode kernel's command line holds no more


def attach(place, sockets, first_name):
    for first in range(0, len(sockets), PER_GUEST):
        some = sockets[first:first + PER_GUEST]
        guest = UmlGuest(place, some, name=f'uml{first_name + first}', memory_mib=128)
        watch.until(lambda: sum(name.startswith('vd') for name in guest.disks()) == len(some), f'{len(some)} disks')
    watch.pause(2)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    workplace.turn_signals_into_exceptions()
    with workplace.Workplace('idle') as place:
        engine = Engine(place)

        def create(first, last):
            return [engine.create(f'lane{number}', '--memory', '16M') for number in range(first, last)]

        empty = engine.process.own_pss_bytes()
        half = count // 2
        attach(place, create(0, half), 0)
        base = engine.process.own_pss_bytes()
        sockets = create(half, count)
        created = engine.process.own_pss_bytes()
        attach(place, sockets, half)
        attached = engine.process.own_pss_bytes()
        before = engine.process.cpu_seconds()
        watch.pause(seconds)
        used = engine.process.cpu_seconds() - before
        print(f'{count} functions attached to guests, idle for {seconds:g} s: {used:.2f} CPU s '
              f'({used / seconds:.4f} of a core)')
        print(f'PSS without guest memory: {empty / 1024:.0f} KiB empty, {attached / 1024:.0f} KiB with {count}; '
              f'a further function adds {(created - base) / (count - half) / 1024:.1f} KiB created, '
              f'{(attached - base) / (count - half) / 1024:.1f} KiB attached '
              f'({(attached - empty) / count / 1024:.1f} KiB with its share of what is needed once)')


if __name__ == '__main__':
    main()
