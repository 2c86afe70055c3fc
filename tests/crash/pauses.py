"""Which pause came of which fault, and a table and a histogram of them."""

from dataclasses import dataclass

EDGES = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
_GRACE_SECONDS = 0.25  # a pause may begin a little after a fault has ended (a retransmission, a restart)


@dataclass(frozen=True)
class Fault:
    kind: str
    begin: float  # wall clock
    end: float
    disks: tuple  # those that it can touch


def _overlap(pause, fault):
    return min(pause.end, fault.end + _GRACE_SECONDS) - max(pause.begin, fault.begin)


def longest_per_fault(faults, pauses):
    """Per fault the longest pause that it shared time with (0 where none was noted), and the pauses of no fault."""
    longest = {id(fault): 0.0 for fault in faults}
    rest = []
    for pause in pauses:
        touched = [fault for fault in faults if pause.disk in fault.disks and _overlap(pause, fault) >= 0]
        if not touched:
            rest.append(pause)
            continue
        cause = max(touched, key=lambda fault: _overlap(pause, fault))
        longest[id(cause)] = max(longest[id(cause)], pause.seconds)
    return longest, rest


def shown(seconds):
    return f'{seconds * 1000:.0f} ms' if seconds < 1 else f'{seconds:.2f} s'


def _row(name, values):
    values = sorted(values)
    buckets = [0] * (len(EDGES) + 1)
    for value in values:
        buckets[sum(value >= edge for edge in EDGES)] += 1
    median = values[len(values) // 2] if values else 0
    cells = ''.join(f'{count or ".":>8}' for count in buckets)
    return f'{name:<22}{len(values):>6}{shown(median):>9}{shown(values[-1] if values else 0):>9}{cells}'


def histogram(faults, pauses):
    """Lines of text: a row a kind of fault, a column a range of the longest pause that one of them made.

    A pause counts for the fault that it shared most time with."""
    longest, rest = longest_per_fault(faults, pauses)
    heads = ['< 10ms'] + [f'< {shown(edge).replace(".00", "").replace(" ", "")}' for edge in EDGES[1:]] + ['longer']
    lines = [f'{"fault":<22}{"times":>6}{"median":>9}{"longest":>9}' + ''.join(f'{head:>8}' for head in heads)]
    for kind in sorted({fault.kind for fault in faults}):
        lines.append(_row(kind, [longest[id(fault)] for fault in faults if fault.kind == kind]))
    lines.append(_row('(pauses of no fault)', [pause.seconds for pause in rest]))
    return lines
