"""What each case is to reach, and how far it is from there. Peers' figures in the texts were taken on another day."""

from dataclasses import dataclass
from statistics import median

OURS = 'laneway'
LIMIT = "the machine's limit"
GUEST_NULL = 'laneway, null disk'


@dataclass(frozen=True)
class Goal:
    """`wanted`: a number, or a function of the case's medians (lane -> figure -> value) that gives one or None."""
    metric: str
    is_most: bool  # the figure may be this high at most; else it must be this high at least
    wanted: object
    text: str
    lane: str = OURS


@dataclass(frozen=True)
class Verdict:
    goal: Goal
    measured: float
    wanted: float
    limit: float = 0  # the machine's own, in the same unit; 0: not known

    @property
    def is_reached(self):
        return self.measured <= self.wanted if self.goal.is_most else self.measured >= self.wanted

    def words(self):
        if self.is_reached:
            return 'reached'
        if self.goal.is_most:
            return f'{self.measured / self.wanted:.2f} times the goal'
        return f'{self.measured / self.wanted * 100:.0f} % of the goal'

    def limit_words(self):
        if not self.limit:
            return ''
        return f'{self.measured / self.limit:.2f} times' if self.goal.is_most else \
            f'{self.measured / self.limit * 100:.0f} %'


def at_least(metric, wanted, text, lane=OURS):
    return Goal(metric, False, wanted, text, lane)


def at_most(metric, wanted, text, lane=OURS):
    return Goal(metric, True, wanted, text, lane)


def _of(lane, metric, factor):
    def wanted(medians):
        value = medians.get(lane, {}).get(metric)
        return value * factor if value else None
    return wanted


def _peers(metric, factor, best):
    """A multiple of the best peer's figure; best: max or min."""
    def wanted(medians):
        values = [figures[metric] for lane, figures in medians.items()
                  if lane.startswith('qemu-storage-daemon') and metric in figures]
        return best(values) * factor if values else None
    return wanted


def _target_bound(medians):
    """90 % of the null disk's depth-1 rate when the target's own time is added to every I/O."""
    null = medians.get(GUEST_NULL, {}).get('iops')
    target_s = medians.get(OURS, {}).get('target_cpu_s_per_million', 0) / 1e6
    return 0.9 / (1 / null + target_s) if null else None


GOALS = {
    'null-polling-read-d32': [at_least('iops', 8.7e6, '8.7 M IOPS: parity with the best peer')],
    'null-polling-read-d128': [at_least('iops', 9.4e6, '9.4 M IOPS: parity with the best peer')],
    'ram-polling-read-d1': [at_least('iops', 1.3e6, '1.3 M IOPS')],
    'ram-polling-read-d32': [at_least('iops', 1.9e6, '1.9 M IOPS')],
    'ram-sleeping-read-d1': [at_least('iops', 80e3, '80 k IOPS, nothing burnt')],
    'ram-sleeping-read-d32': [at_least('iops', 1.4e6, '1.4 M IOPS, nothing burnt')],
    'target-alone-d32': [at_least('iops', 400e3, '400 k IOPS on one core', 'laneway-test-target')],
    'fast-sleeping-read-d1': [at_most('p50_us', _of(LIMIT, 'p50_us', 1.3),
                                      'p50 at most 1.3 times the blocking TCP ping-pong of the same run')],
    'fast-sleeping-read-d32': [at_most('cpu_s_per_million', 2.5, '2.5 s of engine CPU per million'),
                               at_least('iops', 300e3, '300 k IOPS where the target is not the limit')],
    'fast-sleeping-read-d128': [at_most('cpu_s_per_million', 1.6, '1.6 s of engine CPU per million'),
                                at_least('iops', 600e3, '600 k IOPS where the target is not the limit')],
    'fast-sleeping-write-d32': [at_least('iops', 150e3, '150 k IOPS'),
                                at_most('cpu_s_per_million', 4, '4 s of engine CPU per million')],
    'tgtd-sleeping-read-d32': [at_most('cpu_s_per_million', 5, '5 s of engine CPU per million')],
    'fast-sequential-128k': [at_most('cpu_s_per_gib', _peers('cpu_s_per_gib', 0.5, min),
                                     'half of the best peer\'s CPU per GiB')],
    'guest-fast-d32': [at_least('iops', _of(GUEST_NULL, 'iops', 0.8), '80 % of the null disk of the same guest'),
                       at_least('iops', _peers('iops', 1, max), 'ahead of the peer')],
    'guest-tgtd-d1': [at_least('iops', _target_bound, '90 % of the null disk with the target\'s own time added')],
    'guest-tgtd-d32': [at_most('cpu_s_per_million', _peers('cpu_s_per_million', 0.25, min),
                               'a quarter of the peer\'s CPU')],
    'queues-ram-d32': [at_most('cpu_s_per_million', _of('laneway, 1 reactor', 'cpu_s_per_million', 1.1),
                               'CPU per I/O on two reactors within 10 % of one', 'laneway, 2 reactors')],
    'idle-256': [at_most('idle_cores', 0.01, '0.01 core or less'),
                 at_most('pss_kib_per_function', 64, '64 KiB of PSS per attached function')],
    'neighbour-ram-d1': [at_most('p99_us', _of('alone', 'p99_us', 3), 'p99 at most 3 times that of the function alone',
                                 'beside a neighbour')],
    'many-null-d4': [at_most('created_s', 5, '1,024 functions created in 5 s or less', '1,024 functions'),
                     at_least('jain', 0.97, 'Jain\'s fairness of 256 equal functions 0.97 or more', '256 functions')],
    'memory-table-16g': [at_most('set_mem_table_ms', 10, '10 ms or less')],
}


IN_README = ('null-polling-read-d32', 'ram-polling-read-d32', 'ram-sleeping-read-d1', 'fast-sleeping-read-d1',
             'fast-sleeping-read-d32', 'fast-sleeping-read-d128', 'fast-sleeping-write-d32', 'tgtd-sleeping-read-d32',
             'fast-sequential-128k', 'guest-fast-d32', 'guest-tgtd-d32', 'idle-256', 'neighbour-ram-d1',
             'many-null-d4')


def medians_of(chosen):
    """lane -> figure -> median over the rounds that count."""
    values = {}
    for each in chosen:
        for run in each.runs:
            for name, value in run.figures.items():
                values.setdefault(run.lane, {}).setdefault(name, []).append(value)
    return {lane: {name: median(series) for name, series in figures.items()} for lane, figures in values.items()}


def verdicts(case, chosen):
    """One for each goal of the case that can be judged."""
    medians = medians_of(chosen)
    made = []
    for goal in GOALS.get(case.name, ()):
        measured = medians.get(goal.lane, {}).get(goal.metric)
        wanted = goal.wanted(medians) if callable(goal.wanted) else goal.wanted
        if measured is None or wanted is None:
            continue
        made.append(Verdict(goal, measured, wanted, medians.get(LIMIT, {}).get(goal.metric, 0)))
    return made
