"""Makes a Markdown table of the measured rounds: medians with their range, the same rounds compared pair by pair."""

from statistics import median

FIGURES = (
    ('IOPS', lambda result: result['iops'], '{:,.0f}'),
    ('p50 us', lambda result: _latency(result)['p50_ns'] / 1000, '{:.2f}'),
    ('p99 us', lambda result: _latency(result)['p99_ns'] / 1000, '{:.2f}'),
    ('server CPU s per million I/Os', lambda result: result['server_cpu_seconds_per_million'] or 0, '{:.2f}'),
)


def _latency(result):
    return result['read_latency'] if result['reads'] else result['write_latency']


def _spread(values, form):
    if not values:
        return '-'
    text = form.format(median(values))
    return text if len(values) == 1 else f'{text} ({form.format(min(values))} - {form.format(max(values))})'


def counted(rounds):
    """The rounds that count, and what to say about them: undisturbed ones of the cores' more frequent distance."""
    quiet = [each for each in rounds if not each.disturbed_by]
    if not quiet:
        return rounds, 'every round was disturbed'
    near = [each for each in quiet if each.word() == 'near']
    chosen = near if len(near) * 2 >= len(quiet) else [each for each in quiet if each.word() == 'far']
    return chosen, f'{chosen[0].word()} cores'


def _results(rounds, server):
    return [run.result for each in rounds for run in each.runs if run.server == server]


def _ratio(rounds, first, second):
    ratios = []
    for each in rounds:
        iops = {run.server: run.result['iops'] for run in each.runs}
        if iops.get(first) and iops.get(second):
            ratios.append(iops[first] / iops[second])
    return _spread(ratios, '{:.2f}')


def table(measured):
    """measured: list of (case, rounds, servers' names in order)."""
    lines = ['| Case | Server | ' + ' | '.join(name for name, _, _ in FIGURES) + ' | ratio of IOPS | rounds |',
             '|---|---|' + '---|' * (len(FIGURES) + 2)]
    for case, rounds, names in measured:
        chosen, word = counted(rounds)
        for name in names:
            cells = [_spread([read(result) for result in _results(chosen, name)], form) for _, read, form in FIGURES]
            ratio = _ratio(chosen, names[0], name) if name != names[0] else ''
            lines.append(f'| {case.title} | {name} | ' + ' | '.join(cells) + f' | {ratio} | {len(chosen)}, {word} |')
    return '\n'.join(lines)


def markdown(facts):
    """facts: machine, versions, plan, measured, commands, self_test."""
    lines = ['# Measured', '', 'Written by `bench/run.py`. Medians (lowest - highest) of rounds in which every server '
             'was measured once, in turn.', 'The ratio compares the first server with this one, round by round.', '']
    lines += [f'- {key}: {value}' for key, value in facts['machine'].items()]
    lines += [f'- {name}: {version}' for name, version in facts['versions'].items()]
    plan = facts['plan']
    lines += [f'- server on CPU {plan.server_cpu}, client on CPU {plan.client_cpu}, {plan.seconds} s a run'
              + (', both with real-time priority (SCHED_FIFO)' if plan.is_realtime else ''),
              '', table(facts['measured']), '', '## The load generator itself', '',
              '| depth | its own time an I/O, ns | most that it can put to a null responder, IOPS |', '|---|---|---|']
    for row in facts['self_test']['self_test']:
        lines.append(f'| {row["depth"]} | {row["client_ns_per_request"]:.1f} | {row["ceiling_iops"]:,.0f} |')
    lines += ['', '## Commands', '', '```'] + facts['commands'] + ['```', '']
    return '\n'.join(lines)
