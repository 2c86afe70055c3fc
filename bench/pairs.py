"""Runs one case on several servers in turn (A B, B A, A B, ...), and keeps only rounds that nothing disturbed."""

import json
import os
import subprocess
from dataclasses import asdict, dataclass, field

import machine

FOREIGN_CORES_MAX = 0.15
DISTANCE_RATIO_MAX = 1.5
REALTIME = ('chrt', '--fifo', '10')
FILL = ('--reads', '0', '--overwrite', '--pattern', 'sequential', '--block-size', '256K', '--depth', '8')


@dataclass
class Plan:
    laneway: str
    server_cpu: int
    client_cpu: int
    rounds: int
    attempts_max: int
    seconds: float
    warm_up: float
    is_realtime: bool = False

    def prefix(self):
        return REALTIME if self.is_realtime else ()


@dataclass
class Run:
    """One server under the load once."""

    server: str
    command: str
    foreign_cores: float
    steal_cores: float
    result: dict = field(repr=False)


@dataclass
class Round:
    """Every server once, one after the other, with the cores' distance around each."""

    runs: list
    distances_ns: list
    disturbed_by: str = ''

    def word(self):
        return machine.distance_word(sorted(self.distances_ns)[len(self.distances_ns) // 2])


class LoadError(Exception):
    """The load generator failed; the text is its own."""


def run_load(plan, server, load, seconds):
    """Runs the load generator once and says what it measured and what else the machine did meanwhile."""
    command = [*plan.prefix(), plan.laneway, '-o', 'json', 'bench', server.socket, *load, '--time', str(seconds),
               '--warm-up', str(plan.warm_up), '--cpus', str(plan.client_cpu)]
    before = machine.LoadMeter.now()
    server_before = machine.process_cpu_seconds(server.process.pid)
    children_before = os.times()
    answer = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 20 + 120, check=False)
    children_after = os.times()
    after = machine.LoadMeter.now()
    if answer.returncode != 0:
        raise LoadError(f'{server.name}: {answer.stderr.strip() or answer.stdout[-300:]}')
    own = machine.process_cpu_seconds(server.process.pid) - server_before
    own += sum(children_after[:4]) - sum(children_before[:4])
    return Run(server.name, ' '.join(command), before.foreign_cores(after, own), before.steal_cores(after),
               json.loads(answer.stdout))


def fill(plan, server, case):
    """Writes the whole disk once, so that reads find data and memory is there."""
    seconds = max(1.0, case.size_bytes / (256 * 1024 ** 2))
    run_load(plan, server, FILL, seconds)


def _disturbance(runs, distances_ns):
    for run in runs:
        if run.foreign_cores > FOREIGN_CORES_MAX:
            return f'foreign load of {run.foreign_cores:.2f} cores while {run.server} was measured'
        if run.result['errors'] > 0:
            return f'{run.server} failed requests: {run.result["first_problem"]}'
    if max(distances_ns) > DISTANCE_RATIO_MAX * min(distances_ns):
        return f'the cores moved: round trip {min(distances_ns)} to {max(distances_ns)} ns'
    return ''


def distance_of(plan):
    return machine.core_distance_ns([*plan.prefix(), plan.laneway], plan.server_cpu, plan.client_cpu)


def run_round(plan, case, servers):
    distances = [distance_of(plan)]
    runs = []
    for server in servers:
        runs.append(run_load(plan, server, case.load, plan.seconds))
        distances.append(distance_of(plan))
    return Round(runs, distances, _disturbance(runs, distances))


def run_case(plan, case, servers, say):
    """Rounds until enough are undisturbed, or the attempts are used up: then disturbed ones count, marked as such."""
    rounds = []
    for attempt in range(plan.attempts_max):
        in_turn = servers if attempt % 2 == 0 else list(reversed(servers))
        one = run_round(plan, case, in_turn)
        rounds.append(one)
        figures = ', '.join(f'{run.server} {run.result["iops"]:,.0f} IOPS' for run in one.runs)
        say(f'  {figures}; cores {one.distances_ns[0]} ns apart'
            f'{"; repeated: " + one.disturbed_by if one.disturbed_by else ""}')
        if sum(1 for each in rounds if not each.disturbed_by) == plan.rounds:
            break
    return rounds


def as_json(case, rounds):
    return {'case': asdict(case),
            'rounds': [{'distances_ns': each.distances_ns, 'disturbed_by': each.disturbed_by,
                        'runs': [asdict(run) for run in each.runs]} for each in rounds]}
