"""The product's load generator in place of a guest: more requests a second, so that kills hit narrow moments."""

import json
import signal
import subprocess

from lab import watch
from lab.engine import BIN, Refused

_QUEUES, _DEPTH = 2, 128


class BenchLoads:
    """`laneway bench --verify` on every function; what Loads is for a guest. Its reports say no times of pauses."""

    def __init__(self, workplace, engine, disks, seed):
        self._engine = engine
        self._disks = disks
        self._processes = {}
        for number, disk in enumerate(disks):
            command = [BIN / 'laneway', '-o', 'json', 'bench', engine.function_socket(disk), '--verify', '--overwrite',
                       '--reads', 50, '--span', '16M', '--queues', _QUEUES, '--depth', _DEPTH, '--client', 'sleeping',
                       '--time', 900000, '--answer-limit', 300, '--seed', seed * 100 + number]
            self._processes[disk] = workplace.start(f'bench-{disk}', command)
        self.wait_progress()

    def check(self):
        for disk, process in self._processes.items():
            if not process.is_running():
                raise AssertionError(f'load on {disk} ended: {self._report(disk)}')

    def _completed(self, disk):
        """Requests that this engine has carried out; an engine that is just coming has none."""
        try:
            counts = self._engine.laneway('vf', 'stats', disk)
        except (Refused, subprocess.TimeoutExpired):
            return 0
        return counts['reads'] + counts['writes']

    def wait_progress(self, seconds=120):
        self.check()
        for disk in self._disks:
            before = self._completed(disk)
            watch.until(lambda d=disk, b=before: self._has_moved(d, b), f'progress of the load on {disk}', seconds)

    def _has_moved(self, disk, before):
        self.check()
        return self._completed(disk) > before

    def stop(self, seconds=300):
        for process in self._processes.values():
            process.send(signal.SIGINT)
        said = {disk: self._words(disk, process.wait(seconds)) for disk, process in self._processes.items()}
        return {f'{disk}.bench': words for disk, words in said.items()}

    def _words(self, disk, code):
        if code != 0:
            raise AssertionError(f'wrong on {disk}: {self._report(disk)}')
        report = json.loads(self._processes[disk].log())
        longest = max(report['read_latency']['max_ns'], report['write_latency']['max_ns']) / 1e6
        return (f'load: {report["reads"]} reads, {report["writes"]} writes, {report["verified_blocks"]} blocks '
                f'verified, {report["errors"]} errors; the longest answer took {longest:.0f} ms')

    def _report(self, disk):
        log = self._processes[disk].log()
        try:
            report = json.loads(log)
            return f'{report["errors"]} errors, {report["corruptions"]} corruptions: {report["first_problem"]}'
        except ValueError:
            return log.strip()[-1500:]

    def check_kernel(self):
        """There is none."""

    def pauses(self):
        return []
