"""When which fault begins and ends: decided by the seed alone, before anything runs."""

import heapq
import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Habit:
    """How often a kind of fault comes: after a quiet time of up to twice the mean it lasts between the two limits."""
    quiet_mean: float
    shortest: float = 0.0
    longest: float = 0.0
    count_max: int = 1 << 30


@dataclass(frozen=True, order=True)
class Event:
    at: float
    number: int
    kind: str = field(compare=False)
    is_begin: bool = field(compare=False)
    lasts: float = field(compare=False)


class Timeline:
    """Events of all kinds in their order. Kinds do not influence each other: each has a source of chance of its own."""

    def __init__(self, seed, habits, seconds=float('inf')):
        self._seconds = seconds
        self._sources = {kind: random.Random(f'{seed}/{kind}') for kind in habits}
        self._habits = habits
        self._left = {kind: habit.count_max for kind, habit in habits.items()}
        self._number = 0
        self._heap = []
        for kind in sorted(habits):
            self._plan(kind, 0.0)

    def __iter__(self):
        return self

    def __next__(self):
        if not self._heap:
            raise StopIteration
        event = heapq.heappop(self._heap)
        if not event.is_begin:
            self._plan(event.kind, event.at)
        return event

    def _plan(self, kind, after):
        habit, source = self._habits[kind], self._sources[kind]
        begin = after + source.uniform(0, 2 * habit.quiet_mean)
        lasts = source.uniform(habit.shortest, habit.longest)
        if self._left[kind] == 0 or begin + lasts > self._seconds:
            return
        self._left[kind] -= 1
        self._number += 1
        heapq.heappush(self._heap, Event(begin, 2 * self._number, kind, True, lasts))
        heapq.heappush(self._heap, Event(begin + lasts, 2 * self._number + 1, kind, False, lasts))
