"""Writes what was measured: JSON, and docs/performance.md with its plots."""

import json
from dataclasses import asdict
from statistics import median

import goals
import plots
import rounds as rounds_module

FIGURES = {  # name: (heading, format)
    'iops': ('IOPS', '{:,.0f}'),
    'p50_us': ('p50, us', '{:.1f}'),
    'p99_us': ('p99, us', '{:.1f}'),
    'p9999_us': ('p99.99, us', '{:.1f}'),
    'cpu_s_per_million': ('server CPU, s per million I/Os', '{:.2f}'),
    'cpu_s_per_gib': ('server CPU, s per GiB', '{:.3f}'),
    'target_cpu_s_per_million': ('target CPU, s per million', '{:.2f}'),
    'mib_per_s': ('MiB/s', '{:,.0f}'),
    'idle_cores': ('CPU, cores', '{:.4f}'),
    'pss_kib_per_function': ('PSS a function, KiB', '{:.1f}'),
    'attach_ms': ('slowest attach, ms', '{:.2f}'),
    'set_mem_table_ms': ('SET_MEM_TABLE, ms', '{:.3f}'),
    'neighbour_iops': ('IOPS of the neighbour', '{:,.0f}'),
    'created_s': ('all created, s', '{:.2f}'),
    'started_s': ('engine restarted, s', '{:.2f}'),
    'kib_per_function': ('PSS a function, KiB', '{:.1f}'),
    'jain': ('fairness, Jain\'s index', '{:.4f}'),
}
SHOWN = {
    'load': ('iops', 'p50_us', 'p99_us', 'p9999_us', 'cpu_s_per_million', 'target_cpu_s_per_million'),
    'guest': ('iops', 'p50_us', 'p99_us', 'cpu_s_per_million', 'target_cpu_s_per_million'),
    'qemu-img': ('iops', 'cpu_s_per_million'),
    'target': ('iops', 'target_cpu_s_per_million'),
    'kernel': ('iops', 'p50_us', 'p99_us', 'cpu_s_per_million'),
    'queues': ('iops', 'p50_us', 'cpu_s_per_million'),
    'idle': ('idle_cores', 'pss_kib_per_function', 'attach_ms'),
    'memory': ('set_mem_table_ms', 'attach_ms'),
    'neighbour': ('iops', 'p50_us', 'p99_us', 'neighbour_iops'),
    'many': ('created_s', 'started_s', 'kib_per_function', 'iops', 'cpu_s_per_million', 'jain'),
}


README_MARKS = ('<!-- goals, written by bench/run.py -->', '<!-- end of goals -->')


def spread(values, form):
    if not values:
        return '-'
    text = form.format(median(values))
    return text if len(values) == 1 else f'{text} ({form.format(min(values))} - {form.format(max(values))})'


def lanes_of(chosen):
    """Names of the lanes, in the order of the first round that counts."""
    first = chosen[0].runs
    return [run.lane for run in sorted(first, key=lambda run: (run.lane != goals.OURS, run.lane == goals.LIMIT))]


def values_of(chosen, lane, figure):
    return [run.figures[figure] for each in chosen for run in each.runs if run.lane == lane and figure in run.figures]


def ratio(chosen, lane, figure='iops'):
    """Ours over the lane's, round by round."""
    found = []
    for each in chosen:
        by_lane = {run.lane: run.figures.get(figure) for run in each.runs}
        if by_lane.get(goals.OURS) and by_lane.get(lane):
            found.append(by_lane[goals.OURS] / by_lane[lane])
    return spread(found, '{:.2f}') if found else '-'


def case_table(measured):
    shown = SHOWN[measured.case.kind]
    if 'sequential' in measured.case.load:
        shown = ('mib_per_s', 'p50_us', 'p99_us', 'cpu_s_per_gib', 'target_cpu_s_per_million')
    names = lanes_of(measured.chosen)
    shown = [name for name in shown if any(values_of(measured.chosen, lane, name) for lane in names)]
    has_ratio = 'iops' in shown and len(names) > 1 and goals.OURS in names
    head = ['what'] + [FIGURES[name][0] for name in shown] + (['laneway over it, IOPS'] if has_ratio else [])
    lines = [f'### {measured.case.title}', '',
             f'`{measured.case.name}`: {len(measured.chosen)} of {len(measured.rounds)} rounds count, '
             f'{measured.word}; medians (lowest - highest)', '', '| ' + ' | '.join(head) + ' |',
             '|---' * len(head) + '|']
    for lane in names:
        cells = [spread(values_of(measured.chosen, lane, name), FIGURES[name][1]) for name in shown]
        if has_ratio:
            cells.append('' if lane == goals.OURS else ratio(measured.chosen, lane))
        lines.append(f'| {lane} | ' + ' | '.join(cells) + ' |')
    note = measured.note
    return '\n'.join(lines + ([''] + [note] if note else []) + [''])


def sweep_table(measured):
    names = lanes_of(measured.chosen)
    figures = sorted({figure for each in measured.chosen for run in each.runs for figure in run.figures},
                     key=lambda name: int(name.rsplit('d', 1)[1]))
    head = ['depth', *names]
    lines = [f'### {measured.case.title}', '', f'`{measured.case.name}`: {len(measured.chosen)} rounds, '
             f'{measured.word}; median IOPS', '', '| ' + ' | '.join(head) + ' |', '|---' * len(head) + '|']
    for figure in figures:
        cells = [spread(values_of(measured.chosen, lane, figure)[:1], '{:,.0f}') if len(measured.chosen) == 1 else
                 '{:,.0f}'.format(median(values_of(measured.chosen, lane, figure))) for lane in names]
        lines.append(f'| {figure.rsplit("d", 1)[1]} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines + [''])


def goal_table(all_measured):
    lines = ['| Case | Goal | Measured | Verdict | Machine\'s limit in the same run | Of the limit |', '|---' * 6 + '|']
    for measured in all_measured:
        for verdict in goals.verdicts(measured.case, measured.chosen):
            form = FIGURES[verdict.goal.metric][1]
            values = values_of(measured.chosen, verdict.goal.lane, verdict.goal.metric)
            wanted = form.format(verdict.wanted)
            unit = unit_of(verdict.goal.metric)
            limit = f'{form.format(verdict.limit)} {unit}' if verdict.limit else ''
            title = measured.case.title + ('' if verdict.goal.lane == goals.OURS else f' ({verdict.goal.lane})')
            lines.append(f'| {title} | {verdict.goal.text} ({wanted} {unit}) | {spread(values, form)} {unit} | '
                         f'{verdict.words()} | {limit} | {verdict.limit_words()} |')
    return '\n'.join(lines)


def unit_of(metric):
    heading = FIGURES[metric][0]
    return heading.split(', ', 1)[1] if ', ' in heading else heading


def best_peer(measured, goal):
    """The best median of the other servers in that figure, as text; empty where none has it."""
    found = [median(values_of(measured.chosen, lane, goal.metric)) for lane in lanes_of(measured.chosen)
             if lane.startswith('qemu-storage-daemon') and values_of(measured.chosen, lane, goal.metric)]
    return FIGURES[goal.metric][1].format(min(found) if goal.is_most else max(found)) if found else ''


def readme_table(all_measured):
    """The goals in few words, for the README."""
    lines = ['| Case | Unit | Laneway | best peer | Goal | |', '|---' * 6 + '|']
    for measured in all_measured:
        if measured.case.name not in goals.IN_README:
            continue
        for verdict in goals.verdicts(measured.case, measured.chosen):
            goal = verdict.goal
            form = FIGURES[goal.metric][1]
            lines.append(f'| {measured.case.title} | {unit_of(goal.metric)} | {form.format(verdict.measured)} | '
                         f'{best_peer(measured, goal)} | {form.format(verdict.wanted)} | {verdict.words()} |')
    return '\n'.join(lines)


def replace_table(text, table):
    """The README's text with the table between its two marks replaced."""
    before, rest = text.split(README_MARKS[0], 1)
    return f'{before}{README_MARKS[0]}\n{table}\n{README_MARKS[1]}{rest.split(README_MARKS[1], 1)[1]}'


def machine_lines(facts):
    plan = facts.plan
    lines = [f'- {key.replace("_", " ")}: {value}' for key, value in facts.machine.items()]
    lines += [f'- {name}: {version}' for name, version in sorted(facts.versions.items())]
    lines.append(f'- server on CPU {plan.server_cpu}, client on CPU {plan.client_cpu}, iSCSI target on CPU '
                 f'{plan.target_cpu}; guests and what serves them anywhere; {plan.seconds} s a run after '
                 f'{plan.warm_up} s of warm-up' + ('; SCHED_FIFO' if plan.is_realtime else ''))
    return lines


def own_cost_table(self_test):
    lines = ['| depth | own time an I/O, ns | most that it can put to a null responder, IOPS | p50, ns |',
             '|---' * 4 + '|']
    for row in self_test['self_test']:
        lines.append(f'| {row["depth"]} | {row["client_ns_per_request"]:.1f} | {row["ceiling_iops"]:,.0f} | '
                     f'{row["p50_ns"]} |')
    return '\n'.join(lines)


def markdown(facts, charts):
    """The whole page. charts: (file name, caption)."""
    lines = ['# Performance', '',
             'Generated by `bench/run.py`; edit `bench/notes.md` for what is said about a case, not this page.', '',
             'Every case measures all servers in turn, in rounds; a round in which anything else used more than '
             f'{rounds_module.FOREIGN_CORES_MAX} core, or in which the distance of the two CPUs changed, is disturbed '
             'and repeated. Figures are medians with their range over the rounds that count. "The machine\'s limit" is '
             'a probe without rings and protocol, measured in the same rounds (`bench/probe`).', '',
             *machine_lines(facts), '']
    if facts.left_out:
        lines += ['Left out:', '', *[f'- {name}: {why}' for name, why in facts.left_out], '']
    lines += ['## Goals', '', goal_table(facts.measured), '', '## Plots', '']
    lines += [f'![{caption}](performance/{name})\n' for name, caption in charts]
    lines += ['## All figures', '']
    for measured in facts.measured:
        lines.append(sweep_table(measured) if measured.case.kind == 'sweep' else case_table(measured))
    if facts.self_test:
        lines += ['## The load generator itself', '', own_cost_table(facts.self_test), '',
                  'A disk that comes near that ceiling is measured no better than client and machine allow.', '']
    lines += ['## Commands', '', 'The whole comparison: `bench/run.py`. What it ran:', '']
    for measured in facts.measured:
        lines += [f'`{measured.case.name}`', '', '```', *measured.commands, '```', '']
    return '\n'.join(lines)


def document(facts):
    return {'machine': facts.machine, 'versions': facts.versions, 'left_out': facts.left_out,
            'plan': {name: str(value) for name, value in vars(facts.plan).items()}, 'self_test': facts.self_test,
            'cases': [{'case': asdict(measured.case), 'commands': measured.commands,
                       'rounds': [{'distances_ns': each.distances_ns, 'disturbed_by': each.disturbed_by,
                                   'runs': [asdict(run) for run in each.runs]} for each in measured.rounds]}
                      for measured in facts.measured]}


def write(facts, out, docs=None, readme=None):
    """results.json and a page in `out`; with `docs` the page and the plots there instead; the table of `readme`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / 'results.json').write_text(json.dumps(document(facts), indent=1), encoding='utf-8')
    folder = (docs or out) / 'performance'
    folder.mkdir(parents=True, exist_ok=True)
    charts = plots.write_all(facts.measured, folder)
    ((docs or out) / 'performance.md').write_text(markdown(facts, charts), encoding='utf-8')
    if readme:
        readme.write_text(replace_table(readme.read_text(encoding='utf-8'), readme_table(facts.measured)),
                          encoding='utf-8')
    return (docs or out) / 'performance.md'
