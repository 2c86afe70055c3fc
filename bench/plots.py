"""Which charts are drawn of what was measured."""

from statistics import median

import goals
import svg

GROUPS = (
    ('iops.svg', 'IOPS, 4 KiB', 'more is better', 'iops', ('load', 'guest', 'qemu-img', 'queues')),
    ('cpu.svg', 'Server CPU, seconds per million I/Os', 'less is better', 'cpu_s_per_million', ('load', 'guest')),
)
HISTOGRAM_CASES = ('ram-sleeping-read-d1', 'fast-sleeping-read-d1', 'fast-sleeping-read-d32')


def _bars_of(measured, figure):
    found = {}
    for each in measured.chosen:
        for run in each.runs:
            if figure in run.figures:
                found.setdefault(run.lane, []).append(run.figures[figure])
    order = sorted(found, key=lambda lane: (lane != goals.OURS, lane == goals.LIMIT, lane))
    return [(lane, median(found[lane]), min(found[lane]), max(found[lane])) for lane in order]


def _sweep(measured):
    """Lines of a sweep: (lane, [(depth, median, lowest, highest)])."""
    found = {}
    for each in measured.chosen:
        for run in each.runs:
            for figure, value in run.figures.items():
                depth = int(figure.rsplit('d', 1)[1])
                found.setdefault(run.lane, {}).setdefault(depth, []).append(value)
    order = sorted(found, key=lambda lane: (lane != goals.OURS, lane))
    return [(lane, [(depth, median(values), min(values), max(values)) for depth, values in sorted(found[lane].items())])
            for lane in order]


def _histograms(measured):
    """All rounds' histograms of a lane put together."""
    sums = {}
    for each in measured.chosen:
        for run in each.runs:
            for end, count in run.histogram:
                lane = sums.setdefault(run.lane, {})
                lane[end] = lane.get(end, 0) + count
    order = sorted(sums, key=lambda lane: (lane != goals.OURS, lane))
    return [(lane, sorted(sums[lane].items())) for lane in order]


def write_all(all_measured, folder):
    """Writes every chart that has something to show; returns (file name, caption)."""
    made = []

    def keep(name, caption, text):
        (folder / name).write_text(text, encoding='utf-8')
        made.append((name, caption))

    for name, title, unit, figure, kinds in GROUPS:
        groups = [(each.case.title, _bars_of(each, figure)) for each in all_measured if each.case.kind in kinds]
        groups = [group for group in groups if group[1]]
        if groups:
            keep(name, title, svg.bars(title, unit, groups))
    for each in all_measured:
        if each.case.kind == 'sweep':
            keep(f'{each.case.name}.svg', each.case.title,
                 svg.lines(each.case.title, ('requests in flight', 'IOPS'), _sweep(each)))
        if each.case.name in HISTOGRAM_CASES:
            title = f'Latency: {each.case.title}'
            keep(f'latency-{each.case.name}.svg', title, svg.histogram(title, _histograms(each)))
    return made
