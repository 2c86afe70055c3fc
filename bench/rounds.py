"""Runs the lanes of a case in turn (A B C, C B A, ...), and keeps only rounds that nothing disturbed."""

import time
from dataclasses import dataclass, field

import lanes
import machine

FOREIGN_CORES_MAX = 0.15
DISTANCE_RATIO_MAX = 1.5
ALL_DISTURBED = 'all disturbed'


@dataclass
class Run:
    """One lane measured once."""
    lane: str
    figures: dict
    command: str
    foreign_cores: float
    steal_cores: float
    problem: str = ''
    histogram: list = field(default_factory=list, repr=False)


@dataclass
class Round:
    """Every lane once, one after the other, with the cores' distance around each."""
    runs: list
    distances_ns: list
    disturbed_by: str = ''

    def word(self):
        return machine.distance_word(sorted(self.distances_ns)[len(self.distances_ns) // 2])


@dataclass
class Limits:
    """When a case has to be over: `soft_end` for repeating disturbed rounds, `hard_end` for any further round."""
    rounds: int
    soft_end: float
    hard_end: float


def run_once(lane, seconds, warm_up):
    before = machine.LoadMeter.now()
    own_before = own_seconds(lane)
    sample = lane.measure(seconds, warm_up)
    own = own_seconds(lane) - own_before
    after = machine.LoadMeter.now()
    return Run(lane.name, sample.figures, sample.command, before.foreign_cores(after, own), before.steal_cores(after),
               sample.problem, sample.histogram)


def own_seconds(lane):
    return lanes.children_seconds() + sum(process.cpu_seconds() for process in lane.processes)


def disturbance(runs, distances_ns):
    for run in runs:
        if run.foreign_cores > FOREIGN_CORES_MAX:
            return f'foreign load of {run.foreign_cores:.2f} cores while {run.lane} was measured'
        if run.problem:
            return f'{run.lane} failed requests: {run.problem}'
    if max(distances_ns) > DISTANCE_RATIO_MAX * min(distances_ns):
        return f'the cores moved: round trip {min(distances_ns)} to {max(distances_ns)} ns'
    return ''


def distance_of(plan):
    return machine.core_distance_ns([*plan.prefix(), plan.laneway], plan.server_cpu, plan.client_cpu)


def run_round(plan, case, in_turn):
    seconds = case.seconds or plan.seconds
    distances = [distance_of(plan)]
    runs = []
    for lane in in_turn:
        runs.append(run_once(lane, seconds, plan.warm_up))
        distances.append(distance_of(plan))
    return Round(runs, distances, disturbance(runs, distances))


def run_case(plan, case, case_lanes, limits, say):
    """Rounds until enough are undisturbed or the time is over; disturbed ones then count, marked as such."""
    done = []
    while time.monotonic() < limits.hard_end or not done:
        in_turn = case_lanes if len(done) % 2 == 0 else list(reversed(case_lanes))
        one = run_round(plan, case, in_turn)
        done.append(one)
        say(f'  {describe(one)}')
        quiet = sum(1 for each in done if not each.disturbed_by)
        if quiet >= limits.rounds or (len(done) >= limits.rounds and time.monotonic() > limits.soft_end):
            break
    return done


def describe(one):
    figures = ', '.join(f'{run.lane} {headline(run.figures)}' for run in one.runs)
    repeated = f'; disturbed: {one.disturbed_by}' if one.disturbed_by else ''
    return f'{figures}; cores {one.distances_ns[0]} ns apart{repeated}'


def headline(figures):
    if 'iops' in figures:
        return f'{figures["iops"]:,.0f} IOPS'
    name, value = next(iter(figures.items()))
    return f'{name} {value:,.3g}'


def counted(rounds):
    """The rounds that count, and what to say of them: undisturbed ones of the cores' more frequent distance."""
    quiet = [each for each in rounds if not each.disturbed_by]
    if not quiet:
        return rounds, ALL_DISTURBED
    near = [each for each in quiet if each.word() == 'near']
    chosen = near if len(near) * 2 >= len(quiet) else [each for each in quiet if each.word() == 'far']
    return chosen, f'{chosen[0].word()} cores'
