#!/usr/bin/env python3
"""Everything at once for an hour: engine, keeper, target and network fail under verified loads, again and again.

usage: soak.py [--minutes N] [--seed N] [--guest uml|qemu|bench] [--disks D,...] [--loads L,...] [--round S]
  --minutes N   default 60
  --round S     a storm of so many seconds, then calm: everything gets on, and descriptors, threads, memory and sessions
                of engine and keeper must be what they were (default 100)
Every second storm leaves engine and keeper alone, so that what they leak in longer lives shows.
  --record      writes what was measured into docs/reliability.md
LANEWAY_PRESET=dev takes the programs of another build; LANEWAY_PATIENCE=5 multiplies every limit.
"""

import argparse
import random
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / 'guest')]

# pylint: disable=wrong-import-position
from lab.workplace import Workplace, turn_signals_into_exceptions  # noqa: E402

import network  # noqa: E402
import record  # noqa: E402
from campaign import Campaign  # noqa: E402
from constancy import Constancy  # noqa: E402
from faults import KINDS  # noqa: E402
from habits import LOGS, habit  # noqa: E402
from rig import Plan, Rig  # noqa: E402

_OUR_PROCESSES = ('engine-kill', 'engine-upgrade', 'keeper-kill')
_ENGINE_QUIET_MEAN = 4.0


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--guest', choices=('uml', 'qemu', 'bench'), default='uml')
    parser.add_argument('--disks', default='memory,file,lun')
    parser.add_argument('--loads', default='small,large,fio')
    parser.add_argument('--round', type=float, default=100)
    parser.add_argument('--record', action='store_true')
    options = parser.parse_args()
    options.seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    return options


def storms(disks):
    """Two kinds in turn: everything, and everything but our own processes."""
    kinds = [kind for kind in KINDS if 'lun' in disks or kind in _OUR_PROCESSES]
    everything = {kind: habit(kind, _ENGINE_QUIET_MEAN if kind == 'engine-kill' else None) for kind in kinds}
    return everything, {kind: habit(kind) for kind in kinds if kind not in _OUR_PROCESSES}


def main():
    options = arguments()
    turn_signals_into_exceptions()
    network.leave_the_host()
    disks = tuple(options.disks.split(','))
    print(f'seed {options.seed}: a soak of {options.minutes:.0f} minutes on {options.disks}, guest {options.guest}')
    with Workplace('soak', LOGS) as place:
        rig = Rig(place, Plan(options.seed, options.guest, disks, tuple(options.loads.split(','))))
        campaign, constancy = Campaign(rig), Constancy(rig)
        end = time.monotonic() + 60 * options.minutes
        turn = 0
        while time.monotonic() < end:
            habits = storms(disks)[turn % 2]
            campaign.storm(habits, min(options.round, max(10.0, end - time.monotonic())), f'/round {turn}')
            campaign.say(f'round {turn}: {constancy.check()}')
            turn += 1
        faults, pauses = campaign.finish()
    if options.record:
        command = ' '.join(['soak.py', *(word for word in sys.argv[1:] if word != '--record')])
        record.write(record.rows(record.Setting('everything at once', command, options.guest), faults, pauses))
    print(f'soak: {turn} rounds; every byte was right, no request failed, nothing grew')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except network.Missing as missing:
        sys.exit(f'soak: cannot run here, so nothing was shown: {missing}')
    except KeyboardInterrupt:
        sys.exit('interrupted; everything that it started is stopped')
