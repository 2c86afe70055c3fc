"""fio runs on several disks of one guest in turn, with the CPU time of the processes that serve them."""

import statistics
from dataclasses import dataclass, field

from .fio import Job


@dataclass(frozen=True)
class Lane:
    """A disk under measurement: what it is called, where it is in the guest, who serves it."""
    name: str
    disk: str
    server: object          # Process whose CPU time counts
    target: object = None   # Process of the storage target behind it, counted apart


@dataclass(frozen=True)
class Load:
    pattern: str
    depth: int

    @property
    def title(self):
        return f'{self.pattern.removeprefix("rand")} 4 KiB, depth {self.depth}'


@dataclass
class Cell:
    iops: list = field(default_factory=list)
    p50_us: list = field(default_factory=list)
    p99_us: list = field(default_factory=list)
    server_cpu: list = field(default_factory=list)  # seconds per million I/Os
    target_cpu: list = field(default_factory=list)

    def median(self, name):
        values = getattr(self, name)
        return statistics.median(values) if values else 0.0

    def spread(self, name='iops'):
        values = getattr(self, name)
        return min(values), max(values)


LOADS = (Load('randread', 1), Load('randread', 32), Load('randwrite', 1), Load('randwrite', 32))


def measure(guest, lanes, options, progress=print):
    """cells[load][lane.name]; every round visits every lane, so that a slow minute of the machine hits all alike."""
    cells = {load: {lane.name: Cell() for lane in lanes} for load in options.loads}
    for number in range(options.rounds):
        progress(f'round {number + 1} of {options.rounds}')
        for load in options.loads:
            for lane in lanes:
                _one_run(guest, lane, load, options, cells[load][lane.name])
    return cells


@dataclass(frozen=True)
class Options:
    rounds: int = 3
    seconds: float = 3
    size: str = '256M'
    loads: tuple = LOADS


def _one_run(guest, lane, load, options, cell):
    job = Job(lane.disk, pattern=load.pattern, depth=load.depth, seconds=options.seconds, size=options.size,
              batch=16 if load.depth >= 16 else 1)
    server_before = lane.server.cpu_seconds()
    target_before = lane.target.cpu_seconds() if lane.target else 0
    result = guest.fio(job)
    ios = result.read_ios + result.write_ios
    if result.errors or not ios:
        raise AssertionError(f'{lane.name}, {load.title}: {result}')
    cell.iops.append(result.iops)
    cell.p50_us.append(result.p50_us)
    cell.p99_us.append(result.p99_us)
    cell.server_cpu.append((lane.server.cpu_seconds() - server_before) / ios * 1e6)
    if lane.target:
        cell.target_cpu.append((lane.target.cpu_seconds() - target_before) / ios * 1e6)
