"""What is measured. A case is a kind of disk and a load on it; its name is what --cases selects."""

from dataclasses import dataclass, field

GIB = 1024 ** 3


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    disk: str            # null: answers at once; ram: holds data in memory
    size_bytes: int
    load: tuple = field(default=())  # options of `laneway bench`


def _case(disk, client, depth, reads=100):
    kind = 'read' if reads == 100 else 'write'
    size = 4 * GIB if disk == 'null' else GIB // 4
    load = ['--client', client, '--depth', str(depth), '--block-size', '4K', '--queue-size', '1024', '--descriptors',
            'direct', '--reads', str(reads)]
    if reads < 100:
        load.append('--overwrite')
    disk_word = {'null': 'null disk', 'ram': 'RAM disk'}[disk]
    return Case(f'{disk}-{client}-{kind}-d{depth}', f'{disk_word}, 4 KiB random {kind}, {client} client, depth {depth}',
                disk, size, tuple(load))


CASES = (
    _case('null', 'polling', 1),
    _case('null', 'polling', 32),
    _case('null', 'polling', 128),
    _case('ram', 'polling', 1),
    _case('ram', 'polling', 32),
    _case('ram', 'polling', 128),
    _case('ram', 'polling', 32, reads=0),
    _case('null', 'sleeping', 1),
    _case('null', 'sleeping', 32),
    _case('ram', 'sleeping', 1),
    _case('ram', 'sleeping', 32),
)


def select(patterns):
    """Cases whose name contains one of the patterns; all where there are none."""
    chosen = [case for case in CASES if not patterns or any(pattern in case.name for pattern in patterns)]
    if not chosen:
        raise SystemExit('no such case; the cases are: ' + ', '.join(case.name for case in CASES))
    return chosen
