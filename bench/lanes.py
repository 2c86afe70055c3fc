"""A lane is one thing under measurement in a case: how to measure it once, and which processes are part of it."""

import json
import os
import subprocess
from dataclasses import dataclass, field

import cases
import machine

GIB = cases.GIB
RESULT_LIMIT_S = 90


class LoadError(Exception):
    """A load failed; the text is its own."""


@dataclass
class Plan:
    """Fixed for all of a comparison."""
    binaries: object
    server_cpu: int
    client_cpu: int
    target_cpu: int
    rounds: int
    seconds: float
    warm_up: float
    is_realtime: bool = False

    @property
    def laneway(self):
        return str(self.binaries / 'laneway')

    def prefix(self):
        return ['chrt', '--fifo', '10'] if self.is_realtime else []


@dataclass
class Sample:
    """What one measurement gave: figures by name, and the latency histogram where there is one."""
    figures: dict
    command: str
    histogram: list = field(default_factory=list)
    problem: str = ''


class Lane:
    """`processes`: whose CPU time is not foreign while it is measured (the client's own is not either)."""

    def __init__(self, name, processes=()):
        self.name = name
        self.processes = list(processes)

    def measure(self, seconds, warm_up):
        raise NotImplementedError


def run_json(command, seconds):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=seconds * 5 + RESULT_LIMIT_S)
    if done.returncode != 0 and not done.stdout.strip().startswith('{'):
        raise LoadError(f'{" ".join(str(word) for word in command)[:150]}: exit code {done.returncode}: '
                        f'{(done.stderr.strip() or done.stdout)[-500:]}')
    return json.loads(done.stdout)


class BenchLane(Lane):
    """laneway bench on a vhost-user socket."""

    def __init__(self, name, plan, socket, load, server, target=None):
        super().__init__(name, [process for process in (server, target) if process])
        self.plan = plan
        self.socket = socket
        self.load = list(load)
        self.server = server
        self.target = target

    def command(self, seconds, warm_up, load=None):
        return [*self.plan.prefix(), self.plan.laneway, '-o', 'json', 'bench', self.socket, *(load or self.load),
                '--time', str(seconds), '--warm-up', str(warm_up), '--cpus', str(self.plan.client_cpu), '--server-pid',
                str(self.server.pid)]

    def measure(self, seconds, warm_up):
        command = self.command(seconds, warm_up)
        before = self.target.cpu_seconds() if self.target else 0
        result = run_json(command, seconds + warm_up)
        sample = sample_of(result, ' '.join(command))
        if self.target:
            # Includes the warm-up, which is subtracted by its share of the time.
            spent = (self.target.cpu_seconds() - before) * seconds / (seconds + warm_up)
            sample.figures['target_cpu_s_per_million'] = spent * 1e6 / max(1, result['reads'] + result['writes'])
        return sample


class SweepLane(BenchLane):
    """The same load at many depths: a figure each."""

    def measure(self, seconds, warm_up):
        figures = {}
        at = self.load.index('--depth') + 1
        for depth in cases.SWEEP_DEPTHS:
            load = [*self.load[:at], str(depth), *self.load[at + 1:]]
            command = self.command(seconds, warm_up / 2, load)
            figures[f'iops_d{depth}'] = run_json(command, seconds)['iops']
        return Sample(figures, ' '.join(command))


class MemoryLane(BenchLane):
    """How long the server takes for the table of a large guest's memory."""

    def measure(self, seconds, warm_up):
        command = self.command(0.05, 0, ['--idle', '--memory', '16G'])
        disk = run_json(command, 1)['disks'][0]
        return Sample({'set_mem_table_ms': disk['set_mem_table_ns'] / 1e6, 'attach_ms': disk['attach_ns'] / 1e6},
                      ' '.join(command))


class IdleLane(Lane):
    """Many functions attached by one client that asks for nothing."""

    def __init__(self, name, plan, sockets, server):
        super().__init__(name, [server])
        self.plan = plan
        self.sockets = sockets
        self.server = server
        self.unattached_bytes = None

    def measure(self, seconds, warm_up):
        # Of the first time: what an allocator keeps from an earlier round is a function's all the same.
        if self.unattached_bytes is None:
            self.unattached_bytes = machine.pss_bytes(self.server.pid)
        before = self.unattached_bytes
        command = [self.plan.laneway, '-o', 'json', 'bench', *self.sockets, '--idle', '--queue-size', '256', '--time',
                   str(seconds), '--warm-up', str(max(warm_up, 1)), '--cpus', str(self.plan.client_cpu)]
        result = run_json(command, seconds + len(self.sockets) / 10)
        count = len(self.sockets)
        figures = {'idle_cores': result['server_cpu_seconds'] / result['seconds'],
                   'attach_ms': max(disk['attach_ns'] for disk in result['disks']) / 1e6,
                   'pss_kib_per_function': (result['server_memory_bytes'] - before) / count / 1024,
                   'pss_mib_unattached': before / 1024 ** 2}
        return Sample(figures, f'laneway bench SOCKETS --idle --time {seconds}')


class FioLane(Lane):
    """fio in a guest on one of its disks; without a server the guest itself is what is measured."""

    def __init__(self, name, guest, job, server=None, others=()):
        whole = machine.Session(guest.process)
        server = server or whole
        super().__init__(name, {server, *others, *([] if server is whole else [whole])})
        self.guest = guest
        self.job = job
        self.server = server
        self.target = others[0] if others else None

    def measure(self, seconds, warm_up):
        job = self.job(seconds, warm_up)
        cpu_before = self.server.cpu_seconds()
        target_before = self.target.cpu_seconds() if self.target else 0
        result = self.guest.fio(job)
        # fio counts what it did after its ramp, the clocks run during it as well.
        share = seconds / (seconds + warm_up)
        ios = max(1, result.read_ios + result.write_ios)
        figures = {'iops': result.iops, 'p50_us': result.p50_us, 'p99_us': result.p99_us,
                   'cpu_s_per_million': (self.server.cpu_seconds() - cpu_before) * share * 1e6 / ios}
        if self.target:
            figures['target_cpu_s_per_million'] = (self.target.cpu_seconds() - target_before) * share * 1e6 / ios
        return Sample(figures, job.command(), problem='fio reported errors' if result.errors else '')


class QemuImgLane(Lane):
    """qemu-img bench through libblkio: a client that shares nothing with this project."""

    REQUESTS_PER_SECOND = 150_000  # about what it reaches; it takes a number, not a time

    def __init__(self, name, plan, program, socket, server):
        super().__init__(name, [server])
        self.plan = plan
        self.program = program
        self.socket = socket
        self.server = server

    def measure(self, seconds, warm_up):
        node = f'driver=virtio-blk-vhost-user,path={self.socket},cache.direct=on'
        count = round(self.REQUESTS_PER_SECOND * seconds)
        command = ['taskset', '-c', str(self.plan.client_cpu), *self.program, 'bench', '-c', str(count), '-d', '32',
                   '-s', '4096', '--image-opts', node]
        before = self.server.cpu_seconds()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RESULT_LIMIT_S)
        if done.returncode != 0:
            raise LoadError(f'qemu-img bench: {done.stderr.strip()[-500:]}')
        took = float(done.stdout.split('Run completed in')[1].split()[0])
        spent = self.server.cpu_seconds() - before
        return Sample({'iops': count / took, 'cpu_s_per_million': spent * 1e6 / count}, ' '.join(command))


class TargetLane(Lane):
    """The fast target under a bare initiator of its own: so that it is known not to be the limit."""

    def __init__(self, plan, target, portal, depth):
        super().__init__('laneway-test-target', [target])
        self.plan = plan
        self.target = target
        self.port = portal.rsplit(':', 1)[1]
        self.depth = depth

    def measure(self, seconds, warm_up):
        command = ['taskset', '-c', str(self.plan.server_cpu), str(self.plan.binaries / 'laneway-target-load'),
                   self.port, '--depth', str(self.depth), '--seconds', str(max(1, round(seconds))), '--poll']
        before = self.target.cpu_seconds()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RESULT_LIMIT_S)
        if done.returncode != 0 or ' IOPS' not in done.stdout:
            raise LoadError(f'laneway-target-load: {(done.stderr or done.stdout).strip()[-300:]}')
        iops = float(done.stdout.split(' IOPS')[0])
        spent = self.target.cpu_seconds() - before
        return Sample({'iops': iops, 'target_cpu_s_per_million': spent * 1e6 / (iops * max(1, round(seconds)))},
                      ' '.join(command))


class ProbeLane(Lane):
    """What the machine itself can do in the shape of the case."""

    name = "the machine's limit"

    def __init__(self, plan, case):
        super().__init__(self.name)
        self.plan = plan
        self.case = case

    def measure(self, seconds, warm_up):
        plan = self.plan
        if self.case.limit[0] == 'self-test':
            command = [*plan.prefix(), plan.laneway, '-o', 'json', 'bench', '--self-test', '--depth', self.case.depth,
                       '--cpus', f'{plan.client_cpu},{plan.server_cpu}']
            row = run_json(command, 5)['self_test'][-1]
            return Sample({'iops': row['ceiling_iops'], 'p50_us': row['p50_ns'] / 1000},
                          ' '.join(str(word) for word in command))
        # The initiator of the probe runs where the server under measurement does.
        command = [*plan.prefix(), str(plan.binaries / 'laneway-bench-probe'), *self.case.limit, '--cpus',
                   f'{plan.server_cpu},{plan.target_cpu}', '--seconds', str(min(seconds, 1))]
        result = run_json(command, seconds)
        return Sample(probe_figures(result, self.case), ' '.join(command))


def probe_figures(result, case):
    if 'copies_per_second' in result:
        return {'iops': result['copies_per_second'], 'gib_per_s': result['gib_per_second']}
    if 'round_trip_p50_ns' in result:
        return {'iops': 1e9 / result['round_trip_p50_ns'], 'p50_us': result['round_trip_p50_ns'] / 1000}
    cpu = result['initiator_cpu_seconds_per_million']
    figures = {'iops': result['iops'], 'p50_us': result['p50_ns'] / 1000, 'cpu_s_per_million': cpu,
               'target_cpu_s_per_million': result['target_cpu_seconds_per_million']}
    if 'sequential' in case.load:
        figures['cpu_s_per_gib'] = cpu / 1e6 * GIB / (128 * 1024)
    return figures


def sample_of(result, command):
    """The figures of a load generator's report."""
    latency = result['read_latency'] if result['reads'] else result['write_latency']
    cpu = result['server_cpu_seconds_per_million'] or 0
    figures = {'iops': result['iops'], 'mib_per_s': result['bytes_per_second'] / 1024 ** 2,
               'p50_us': latency['p50_ns'] / 1000, 'p99_us': latency['p99_ns'] / 1000,
               'p9999_us': latency['p9999_ns'] / 1000, 'cpu_s_per_million': cpu,
               'cpu_s_per_gib': cpu / 1e6 * GIB / result['load']['block_bytes'],
               'client_cpu_s_per_million': result['client_cpu_seconds_per_million']}
    problem = result['first_problem'] if result['errors'] or result['corruptions'] else ''
    return Sample(figures, command, latency['histogram'], problem)


def children_seconds():
    """CPU time of this process and of the children that it has waited for."""
    return sum(os.times()[:4])
