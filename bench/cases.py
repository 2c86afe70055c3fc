"""What is measured. A case is a kind of disk and a load on it; its name is what --only selects.

kind: load (laneway bench on a vhost-user socket), sweep (the same at many depths), guest (fio in user-mode Linux),
      kernel (iscsi_tcp with LIO in one guest), qemu-img (an independent client), idle (many attached functions), memory
      (the memory table), queues (one disk on one reactor and on two), target (the target without us), many (functions
      on one engine, by number), neighbour (a calm load beside a deep one)
disk: null (answers at once), ram (holds data), fast (iSCSI, this project's target), tgtd (iSCSI, Debian's target)
"""

from dataclasses import dataclass, field

GIB = 1024 ** 3
SWEEP_DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128)


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    kind: str
    disk: str
    size_bytes: int = GIB // 4
    load: tuple = field(default=())  # options of `laneway bench`
    depth: int = 1
    reads: int = 100
    limit: tuple = field(default=())  # probe that shows the machine's own limit: its options
    rounds: int = 0                   # 0: as many as asked for
    seconds: float = 0                # 0: as long as asked for


DISK_WORDS = {'null': 'null disk', 'ram': 'RAM disk', 'fast': 'iSCSI, fast target', 'tgtd': 'iSCSI through tgtd'}


def _load_options(client, depth, reads, block='4K'):
    options = ['--client', client, '--depth', str(depth), '--block-size', block, '--queue-size', '1024',
               '--descriptors', 'direct', '--reads', str(reads)]
    return options + (['--overwrite'] if reads < 100 else [])


def _load(disk, client, depth, reads=100, limit=()):
    kind = 'read' if reads == 100 else 'write'
    size = 4 * GIB if disk == 'null' else GIB // 4
    return Case(f'{disk}-{client}-{kind}-d{depth}',
                f'{DISK_WORDS[disk]}, 4 KiB random {kind}, {client} client, depth {depth}', 'load', disk, size,
                tuple(_load_options(client, depth, reads)), depth, reads, limit)


def _tcp(depth, *more):
    return ('tcp', '--depth', str(depth), *more)


def _sweep(disk, client):
    size = 4 * GIB if disk == 'null' else GIB // 4
    return Case(f'sweep-{disk}', f'{DISK_WORDS[disk]}, 4 KiB random read, {client} client, IOPS against depth', 'sweep',
                disk, size, tuple(_load_options(client, 1, 100)), rounds=2, seconds=0.4)


CASES = (
    _load('null', 'polling', 32, limit=('self-test',)),
    _load('null', 'polling', 128, limit=('self-test',)),
    _load('ram', 'polling', 1, limit=('copy', '--depth', '1')),
    _load('ram', 'polling', 32, limit=('copy', '--depth', '32')),
    _load('ram', 'sleeping', 1, limit=('wake',)),
    _load('ram', 'sleeping', 32, limit=('copy', '--depth', '32')),
    Case('target-alone-d32', 'the fast target by itself, 4 KiB random read, bare initiator, depth 32', 'target', 'fast',
         depth=32, rounds=3, limit=_tcp(32, '--polled')),
    _load('fast', 'sleeping', 1, limit=_tcp(1)),
    _load('fast', 'sleeping', 32, limit=_tcp(32)),
    _load('fast', 'sleeping', 128, limit=_tcp(128)),
    _load('fast', 'sleeping', 32, reads=0, limit=_tcp(32, '--write')),
    _load('tgtd', 'sleeping', 32),
    Case('fast-sequential-128k', 'iSCSI, fast target, 128 KiB sequential read, sleeping client, depth 8', 'load',
         'fast', GIB // 4, tuple(_load_options('sleeping', 8, 100, '128K')) + ('--pattern', 'sequential'), 8, 100,
         _tcp(8, '--payload', '131072')),
    Case('guest-fast-d32', 'user-mode Linux, iSCSI from the fast target, fio 4 KiB random read, depth 32', 'guest',
         'fast', depth=32),
    Case('guest-tgtd-d1', 'user-mode Linux, iSCSI through tgtd, fio 4 KiB random read, depth 1', 'guest', 'tgtd',
         depth=1),
    Case('guest-tgtd-d32', 'user-mode Linux, iSCSI through tgtd, fio 4 KiB random read, depth 32', 'guest', 'tgtd',
         depth=32),
    Case('kernel-initiator-d32', 'the kernel\'s own initiator and target in one user-mode Linux, fio 4 KiB random '
         'read, depth 32', 'kernel', 'kernel', depth=32, rounds=3),
    Case('qemu-img-ram-d32', 'RAM disk, qemu-img bench with libblkio, 4 KiB sequential read, depth 32', 'qemu-img',
         'ram', depth=32),
    Case('queues-ram-d32', 'RAM disk, four queues of one disk, sleeping client, depth 32 each', 'queues', 'ram',
         GIB // 4, tuple(_load_options('sleeping', 32, 100)) + ('--queues', '4'), 32),
    Case('idle-256', '256 functions attached and idle', 'idle', 'null', GIB, seconds=3),
    Case('neighbour-ram-d1', 'RAM disks on one reactor, 4 KiB random read at depth 1, sleeping client, alone and '
         'beside a neighbour at depth 256', 'neighbour', 'ram', GIB // 4, tuple(_load_options('sleeping', 1, 100))),
    Case('many-null-d4', 'null disks of many functions on one engine, 4 KiB random read, sleeping client, depth 4 each',
         'many', 'null', GIB, ('--client', 'sleeping', '--depth', '4', '--queue-size', '256'), 4, rounds=3),
    Case('memory-table-16g', 'SET_MEM_TABLE with 16 GiB of guest memory', 'memory', 'null', GIB),
    _sweep('null', 'polling'),
    _sweep('ram', 'polling'),
    _sweep('fast', 'sleeping'),
)


def select(patterns):
    """Cases whose name contains one of the patterns; all where there are none."""
    chosen = [case for case in CASES if not patterns or any(pattern in case.name for pattern in patterns)]
    if not chosen:
        raise SystemExit('no such case; the cases are: ' + ', '.join(case.name for case in CASES))
    return chosen
