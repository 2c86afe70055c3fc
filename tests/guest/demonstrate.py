#!/usr/bin/env python3
"""The main job, started by ./run: a real Linux guest does I/O to a real iSCSI LUN through a Laneway function.

usage: demonstrate.py [--keep] [--quick] [--guest uml|qemu|kvm] [--seconds N] [--rounds N]
"""

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from lab import engine, measure, qemu, storage_daemon, table, target, uml, workplace
from lab.fio import Job
from lab.workplace import ROOT

MIB = 1 << 20
LUN_BYTES = 1024 * MIB
VERIFIED_BYTES = 128 * MIB
LOGS = ROOT / 'build' / 'run-logs'

OURS, NULL, PEER = 'Laneway, LUN', 'Laneway, null', 'qemu-s-d, LUN'


class Clock:
    def __init__(self):
        self._begin = time.monotonic()

    def say(self, text):
        print(f'[{time.monotonic() - self._begin:5.1f} s] {text}', flush=True)


def choose_guest(wanted, say):
    """'kvm', 'qemu' (emulated) or 'uml', and says why."""
    usable, reason = qemu.kvm_is_usable()
    if wanted == 'auto':
        wanted = 'kvm' if usable else 'uml'
        name = 'QEMU with KVM' if usable else 'user-mode Linux, a real kernel as a process, with the stock driver'
        say(f'guest: {name} ({reason})')
    elif wanted == 'kvm' and not usable:
        raise SystemExit(f'run: no KVM here: {reason}; try --guest uml')
    else:
        say(f'guest: {wanted}, as asked')
    return wanted


def start_guest(place, kind, sockets):
    if kind == 'uml':
        return uml.UmlGuest(place, sockets)
    return qemu.QemuGuest(place, sockets, kvm=kind == 'kvm')


def verify(guest, lanes, say):
    """Writes through Laneway, reads back through Laneway, then reads the same bytes through the peer's own stack."""
    ours, peer = lanes[0], lanes[2]
    job = Job(ours.disk, pattern='write', block_size='64k', depth=16, size=f'{VERIFIED_BYTES // MIB}M', verify=True)
    result = guest.fio(job, 600)
    say(f'verified with crc32c: {result.written_bytes // MIB} MiB written and {result.read_bytes // MIB} MiB read back '
        'through Laneway')
    again = guest.fio(Job(peer.disk, pattern='read', block_size='64k', depth=16, size=job.size, verify=True), 600)
    say(f'the same {again.read_bytes // MIB} MiB read from the LUN through qemu-storage-daemon: the same bytes')


def print_table(cells, lanes):
    print()
    for line in table.render(cells, lanes, PEER):
        print(line)
    print('\nratio: IOPS over those of qemu-storage-daemon on the same LUN. x 10,000: multiple of 10,000 IOPS.')
    print('CPU s/M: host CPU seconds per million I/Os of the process that serves the disk; target: of tgtd.')


def look_around(place, eng, guest, say):
    """--keep: everything runs on; lines typed here run in the guest."""
    print(f'\nStill running. In another terminal, from {ROOT}:')
    cli = os.path.relpath(engine.BIN / 'laneway-enginectl', ROOT)
    for words in ('engine status', 'target list', 'vf list', 'vf top', 'vf show lane'):
        print(f'  {cli} --socket {eng.socket} {words}')
    print(f'Logs: {place.folder}/*.log')
    if not sys.stdin.isatty():
        say('Ctrl-C, or a TERM signal, stops everything')
        signal.pause()
        return
    print('Lines typed here run in the guest (disks: ls /dev/vd*); Ctrl-D stops everything.')
    while True:
        try:
            line = input('guest> ')
        except EOFError:
            print()
            return
        if line.strip():
            print(guest.run(line, 3600)[1], end='')


def demonstrate(options, say):
    kind = choose_guest(options.guest, say)
    with workplace.Workplace('run', LOGS) as place:
        array = target.Target(place)
        lun = array.add_lun(LUN_BYTES)
        say(f'target: tgtd on {array.portal}, LUN {lun}: {LUN_BYTES // MIB} MiB on a file')
        eng = engine.Engine(place)
        eng.laneway('target', 'login', array.IQN, '--portal', array.portal, '--name', 'array')
        ours = eng.create('lane', '--target', 'array', '--lun', lun)
        null = eng.create('null', '--null', '1G')
        say('engine: functions "lane" (the LUN) and "null" (the guest\'s own ceiling)')
        peer = storage_daemon.StorageDaemon(place, [('lun', storage_daemon.iscsi_disk(array.portal, array.IQN, lun))])
        say('peer: qemu-storage-daemon with its iSCSI driver on the same LUN')
        guest = start_guest(place, kind, [ours, null, peer.sockets['lun']])
        lanes = [measure.Lane(OURS, guest.wait_disk('lane'), eng.process, array.process),
                 measure.Lane(NULL, guest.wait_disk('null'), eng.process),
                 measure.Lane(PEER, peer_disk(guest), peer.process, array.process)]
        say(f'guest: Linux {guest.must_run("uname -r").strip()} is up, its disks are '
            + ', '.join(f'{lane.disk} ({lane.name})' for lane in lanes))
        verify(guest, lanes, say)
        say(f'measuring: fio in the guest, {options.rounds} rounds of {options.seconds:g} s a case, disks in turn')
        cells = measure.measure(guest, lanes, measure.Options(options.rounds, options.seconds,
                                                              f'{VERIFIED_BYTES // MIB}M'), say)
        print_table(cells, lanes)
        if options.keep:
            look_around(place, eng, guest, say)
        say('stopping')
        guest.power_off()
    say('stopped; nothing is left running')


def peer_disk(guest):
    """The disk that is none of ours: qemu-storage-daemon lets nobody choose its serial."""
    ours = {guest.disk_of_serial('lane'), guest.disk_of_serial('null')}
    return next(f'/dev/{name}' for name in guest.disks() if name.startswith('vd') and f'/dev/{name}' not in ours)


def main():
    parser = argparse.ArgumentParser(prog='./run', description='A real guest, a real LUN, a Laneway function between '
                                     'them: verified, then measured beside qemu-storage-daemon.')
    parser.add_argument('--keep', action='store_true', help='leave everything running and say how to look around')
    parser.add_argument('--quick', action='store_true', help='one short round instead of three')
    parser.add_argument('--guest', choices=('auto', 'kvm', 'uml', 'qemu'), default='auto',
                        help='auto: QEMU with KVM where it works, otherwise user-mode Linux; qemu: emulated, slow')
    parser.add_argument('--seconds', type=float, default=3, help='length of one measurement (default 3)')
    parser.add_argument('--rounds', type=int, default=3, help='measurements of each case (default 3)')
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1
    workplace.turn_signals_into_exceptions()
    needed = 2 * VERIFIED_BYTES
    if shutil.disk_usage(os.environ.get('TMPDIR', '/tmp')).free < needed:
        raise SystemExit(f'run: needs {needed // MIB} MiB free in the temporary folder; set TMPDIR to another one')
    try:
        demonstrate(options, Clock().say)
    except KeyboardInterrupt:
        print('\nrun: interrupted; everything that it started is stopped', file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        print(f'\nrun: failed: {error}\nLogs: {Path(os.path.relpath(LOGS, ROOT))}/', file=sys.stderr)
        sys.exit(1)


if __name__ == '__main__':
    main()
