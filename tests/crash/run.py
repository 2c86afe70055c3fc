#!/usr/bin/env python3
"""Kills the engine, its target and the network under verified loads in a real guest. Not one byte may be wrong.

usage: run.py [--kills N] [--seed N] [--guest uml|qemu|bench] [--disks D,...] [--faults F,...] [--seconds N] [--mean S]
  --kills N     so many kills of the engine, and nothing else (default 20)
  --faults F    instead of kills: these kinds for --seconds N (default 60), or all
  --disks D     of memory, file, lun
  --loads L     of small, large, tight, fio
  --paths 2     to the LUN; loss, silence and reset harm the first one only
  --service     a real systemd starts the keeper (root only); further faults: both-kill, service-restart
  --no-keeper   the engine alone, which this starts anew; only guests that connect again survive that
  --plant BUG   in an engine that has this bug (plant.py), which must turn out
  --stall       the target's disk stalls now and then
  --mean S      seconds between faults of one kind, on average
  --record      writes what was measured into docs/reliability.md
LANEWAY_PRESET=dev takes the programs of another build; LANEWAY_PATIENCE=5 multiplies every limit.
"""

import argparse
import random
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / 'guest')]

# pylint: disable=wrong-import-position
from lab.workplace import Workplace, turn_signals_into_exceptions  # noqa: E402

import network  # noqa: E402
import record  # noqa: E402
from campaign import Campaign  # noqa: E402
from faults import KINDS, SERVICE_KINDS  # noqa: E402
from habits import LOGS, habit  # noqa: E402
from loads import SHAPES  # noqa: E402
from rig import Plan, Rig  # noqa: E402


def chosen(text, known, what):
    names = sorted(known) if text == 'all' else text.split(',')
    for name in names:
        if name not in known:
            sys.exit(f'run.py: no {what} {name!r}; there are: {", ".join(sorted(known))}')
    return tuple(names)


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    parser.add_argument('--kills', type=int, default=20)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--guest', choices=('uml', 'qemu', 'bench'), default='uml')
    parser.add_argument('--disks', default='file,lun')
    parser.add_argument('--loads', default='small,large,fio')
    parser.add_argument('--paths', type=int, choices=(1, 2), default=1)
    parser.add_argument('--faults', default='')
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--mean', type=float)
    parser.add_argument('--plant', default='')
    parser.add_argument('--no-keeper', action='store_true')
    parser.add_argument('--service', action='store_true')
    parser.add_argument('--stall', action='store_true')
    parser.add_argument('--record', action='store_true')
    options = parser.parse_args()
    options.seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    return options


def main():
    options = arguments()
    turn_signals_into_exceptions()
    disks = chosen(options.disks, ('memory', 'file', 'lun'), 'disk')
    loads = chosen(options.loads, (*SHAPES, 'fio'), 'load')
    if options.faults:
        kinds = chosen(options.faults, KINDS | SERVICE_KINDS if options.service else KINDS, 'fault')
        habits, seconds = {kind: habit(kind, options.mean) for kind in kinds}, options.seconds
    else:
        habits, seconds = {'engine-kill': habit('engine-kill', options.mean, options.kills)}, float('inf')
    network.leave_the_host()
    print(f'seed {options.seed}: {", ".join(habits)} under {options.loads} on {options.disks}, guest {options.guest}')
    with Workplace('crash', LOGS) as place:
        campaign = Campaign(Rig(place, Plan(options.seed, options.guest, disks, loads, plant=options.plant,
                                            target_stalls=options.stall, has_keeper=not options.no_keeper,
                                            is_service=options.service, paths=options.paths)))
        campaign.storm(habits, seconds)
        faults, pauses = campaign.finish()
    if options.record:
        command = ' '.join(['run.py', *(word for word in sys.argv[1:] if word != '--record')])
        name = 'one kind' if len(habits) == 1 else 'several kinds'
        if options.paths == 2:
            name += ', on one of two paths'
        record.write(record.rows(record.Setting(name, command, options.guest), faults, pauses))
    print('crash: every byte was right, no request failed')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except network.Missing as missing:
        sys.exit(f'crash: cannot run here, so nothing was shown: {missing}')
    except KeyboardInterrupt:
        sys.exit('interrupted; everything that it started is stopped')
