"""What a measurement happens on: CPUs and versions, how far two CPUs are apart, and how much foreign load there is."""

import json
import os
import platform
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf('SC_CLK_TCK')
NEAR_NS_MAX = 150  # a cache line's round trip inside one core complex is well below, across the socket well above


def describe():
    """The machine and the versions that figures depend on, as a flat dictionary."""
    cpu = [line.split(':', 1)[1].strip() for line in Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
           if line.startswith('model name')]
    memory_kib = int(Path('/proc/meminfo').read_text(encoding='utf-8').split()[1])
    return {'cpu': cpu[0] if cpu else platform.machine(), 'cpus': os.cpu_count(),
            'virtual_machine': ' hypervisor' in Path('/proc/cpuinfo').read_text(encoding='utf-8'),
            'memory_gib': round(memory_kib / 1024 ** 2, 1), 'kernel': platform.release(),
            'system': _os_name(), 'date': time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime()) + ' UTC'}


def _os_name():
    for line in Path('/etc/os-release').read_text(encoding='utf-8').splitlines():
        if line.startswith('PRETTY_NAME='):
            return line.split('=', 1)[1].strip('"')
    return platform.system()


def core_distance_ns(laneway, cpu_a, cpu_b):
    """Median round trip of a cache line between two CPUs; `laneway` is how to call the load generator."""
    command = [*laneway, '-o', 'json', 'bench', '--core-distance', f'{cpu_a},{cpu_b}']
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return json.loads(answer.stdout)['round_trip_median_ns']


def usable_cpus():
    return sorted(os.sched_getaffinity(0))


def distance_word(distance_ns):
    return 'near' if distance_ns <= NEAR_NS_MAX else 'far'


class Session:
    """A program and all that it started: user-mode Linux runs each of its address spaces in a process of its own."""

    def __init__(self, process):
        self.pid = process.pid

    def cpu_seconds(self):
        ticks = 0
        for folder in Path('/proc').iterdir():
            if not folder.name.isdigit():
                continue
            try:
                fields = (folder / 'stat').read_text(encoding='utf-8', errors='replace').rsplit(')', 1)[1].split()
            except (OSError, IndexError):
                continue  # it has ended meanwhile
            if int(fields[3]) == self.pid:
                ticks += sum(int(field) for field in fields[11:15])  # its own and that of its children that ended
        return ticks / TICKS_PER_SECOND


def pss_bytes(pid):
    """The process's share of the memory that it maps."""
    for line in Path(f'/proc/{pid}/smaps_rollup').read_text(encoding='utf-8').splitlines():
        if line.startswith('Pss:'):
            return int(line.split()[1]) * 1024
    return 0


@dataclass
class LoadMeter:
    """CPU time of the whole machine between two moments, and what of it is not ours."""

    busy_s: float = 0
    steal_s: float = 0
    time_s: float = 0

    @staticmethod
    def now():
        fields = [int(each) for each in Path('/proc/stat').read_text(encoding='utf-8').split('\n', 1)[0].split()[1:9]]
        user, nice, system, _idle, _iowait, irq, softirq, steal = fields
        return LoadMeter((user + nice + system + irq + softirq) / TICKS_PER_SECOND, steal / TICKS_PER_SECOND,
                         time.monotonic())

    def foreign_cores(self, later, own_cpu_seconds):
        elapsed = later.time_s - self.time_s
        return max(0.0, (later.busy_s - self.busy_s - own_cpu_seconds) / elapsed) if elapsed > 0 else 0.0

    def steal_cores(self, later):
        elapsed = later.time_s - self.time_s
        return (later.steal_s - self.steal_s) / elapsed if elapsed > 0 else 0.0
