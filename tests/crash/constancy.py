"""What must not grow while faults come and go: descriptors, threads and memory of engine and keeper, sessions."""

import collections

from lab import watch
from lab.process import links_of

MIB = 1 << 20
_MEMORY_SLACK_BYTES = 6 * MIB  # an allocator keeps what it once had


def _kinds(pid):
    """Descriptors by kind. Names differ from process to process; the engine's program is held after an upgrade only."""
    kinds = collections.Counter()
    for link in links_of(pid):
        is_named = link.startswith('/') and not link.startswith(('/memfd:', '/dev/'))
        if not link.endswith('/laneway-engine'):
            kinds['file' if is_named else link] += 1
    return kinds


def _status(pid, name):
    with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as status:
        return int(next(line.split()[1] for line in status if line.startswith(f'{name}:')))


class Constancy:
    """The first sample is what every later one is held against; take it of an engine that took over from another."""

    def __init__(self, rig):
        self._rig = rig
        self._first = None
        self._counts = {}

    def check(self):
        """A line for people. Raises with what differs where it does not settle at what it was."""
        if self._first is None:
            rig = self._rig
            watch.until(lambda: self._take() == self._take(), 'a steady state to begin with')
            self._first = self._take()
            self._memory = self._memory_bytes()
            return f'to begin with: {self._words(rig)}'
        try:
            watch.until(lambda: self._take() == self._first, 'descriptors, threads and sessions as they were', 30, 0.5)
        except watch.TookTooLong as late:
            raise AssertionError(f'{late}: {self._difference()}') from None
        for name, now in self._memory_bytes().items():
            if now > self._memory[name] * 1.25 + _MEMORY_SLACK_BYTES:
                raise AssertionError(f'{name} has grown from {self._memory[name] >> 10} to {now >> 10} KiB of memory')
        return f'constant: {self._words(self._rig)}'

    def _processes(self):
        return {'engine': self._rig.engine.engine_pid(), 'keeper': self._rig.engine.process.pid}

    def _take(self):
        sample = {}
        for name, pid in self._processes().items():
            sample[f'{name} descriptors'] = _kinds(pid)
            sample[f'{name} threads'] = _status(pid, 'Threads')
        if self._rig.target:
            sample['sessions'] = self._rig.target.sessions()
        return sample

    def _memory_bytes(self):
        return {name: _status(pid, 'RssAnon') << 10 for name, pid in self._processes().items()}

    def _difference(self):
        now = self._take()
        words = []
        for key, was in self._first.items():
            if isinstance(was, collections.Counter) and was != now[key]:
                words.append(f'{key}: more {dict(now[key] - was)}, fewer {dict(was - now[key])}')
            elif was != now[key]:
                words.append(f'{key}: {was}, now {now[key]}')
        return '; '.join(words)

    def _words(self, rig):
        sample, memory = self._take(), self._memory_bytes()
        parts = [f'{name}: {sum(sample[name + " descriptors"].values())} descriptors, '
                 f'{sample[name + " threads"]} threads, {memory[name] >> 10} KiB' for name in memory]
        if rig.target:
            parts.append(f'{sample["sessions"]} session(s) at the target')
        return '; '.join(parts)
