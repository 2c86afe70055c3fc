"""Verified loads on a guest's disks, what they noticed, and what the guest's kernel said."""

import time
from dataclasses import dataclass

from lab import watch
from lab.fio import Job

MIB = 1 << 20
_BAD_WORDS = 'I/O error|buffer i/o|blk_update_request|critical|hung_task|blocked for more|BUG:|Call Trace|Oops'


@dataclass(frozen=True)
class Pause:
    """No request of a load was completed from begin to end (host's clock); the oldest had waited for `wait`."""
    disk: str
    begin: float
    end: float
    wait: float

    @property
    def seconds(self):
        return self.end - self.begin


@dataclass(frozen=True)
class Shape:
    depth: int = 64
    block_bytes: int = 4096
    offset_bytes: int = 0
    span_bytes: int = 4 * MIB
    read_percent: int = 50


# Few blocks that are written again and again, so that a late or lost write is seen at once; large blocks; and so few
# that within the seconds of a stall each is written anew.
SHAPES = {'small': Shape(), 'large': Shape(16, 65536, 8 * MIB, 8 * MIB), 'tight': Shape(32, span_bytes=MIB // 2)}
FIO_OFFSET_MIB, FIO_SIZE_MIB = 32, 16


class Loads:
    """The loads of one guest; `disks` maps a function's name to the guest's device."""

    def __init__(self, guest, disks, plan):
        self._guest = guest
        self._disks = disks
        self._names = []
        self._limit_seconds = round(plan.answer_seconds * watch.PATIENCE)
        self._clock_offset = self._measure_clock()
        self._old_words = set(self._kernel_words())
        for number, (disk, device) in enumerate(sorted(disks.items())):
            for kind in plan.loads:
                self._begin(disk, device, kind, plan.seed * 100 + number)
        self.wait_progress()

    def _begin(self, disk, device, kind, seed):
        name = f'{disk}.{kind}'
        self._names.append(name)
        if kind == 'fio':
            job = Job(device, 'randwrite', '4k', 32, size=f'{FIO_SIZE_MIB}M', offset=f'{FIO_OFFSET_MIB}M', verify=True,
                      fsync=64, seed=seed)
            self._guest.must_run(f'''cat >/tmp/{name}.sh <<'END'
passes=0
while [ ! -e /tmp/stop ]; do
  {self._guest.fio_prefix}{job.command()} >/tmp/{name}.fio 2>&1 || {{ cat /tmp/{name}.fio; exit 1; }}
  passes=$((passes + 1))
  echo "completed $passes" >/tmp/{name}.log
done
echo "fio: $passes passes of {FIO_SIZE_MIB} MiB written, flushed and read back, all right"
END
echo "completed 0" >/tmp/{name}.log''')
            command = f'sh /tmp/{name}.sh'
        else:
            shape = SHAPES[kind]
            command = (f'laneway-guest-load --disk {device} --log /tmp/{name}.log --seed {seed} '
                       f'--depth {shape.depth} --block {shape.block_bytes} --offset {shape.offset_bytes} '
                       f'--span {shape.span_bytes} --read-percent {shape.read_percent} '
                       f'--limit-s {self._limit_seconds}')
        self._guest.must_run(f'''(sh -c 'echo $$ >/tmp/{name}.pid; exec {command}'
echo $? >/tmp/{name}.code) >/tmp/{name}.out 2>&1 </dev/null &''')

    def check(self):
        """Raises with its words where a load has ended by itself."""
        listing = self._guest.must_run('ls /tmp/*.code 2>/dev/null; true').split()
        if listing:
            name = listing[0].split('/')[-1].removesuffix('.code')
            words = self._guest.must_run(f'tail -c 1500 /tmp/{name}.out')
            raise AssertionError(f'load {name} ended: {words.strip()}')

    def completed(self, kinds=tuple(SHAPES)):
        """Requests that each load has completed so far; 0 where one has not begun."""
        answer = self._guest.must_run('grep -s -m 1 ^completed /tmp/*.log /dev/null; true')
        counts = {}
        for line in answer.splitlines():
            path, _, words = line.partition(':')
            counts[path.split('/')[-1].removesuffix('.log')] = int(words.split()[1])
        return {name: counts.get(name, 0) for name in self._names if name.split('.')[1] in kinds}

    def wait_progress(self, seconds=120):
        """Every load that stamps its blocks has completed something new."""
        before = None
        def has_moved():
            nonlocal before
            self.check()
            now = self.completed()
            before = before or now
            return all(now[name] > count for name, count in before.items())
        watch.until(has_moved, 'progress of all loads', seconds, 0.2)

    def stop(self, seconds=300):
        """Ends all loads, which read everything back; returns what each said. Raises where one found anything wrong."""
        self._guest.must_run('touch /tmp/stop; for l in /tmp/*.pid; do case $l in *.fio.pid) ;; *) '
                             'kill -TERM $(cat $l) ;; esac; done')
        codes = watch.until(self._codes, 'the end of all loads', seconds, 0.2)
        said = {name: self._guest.must_run(f'tail -c 1500 /tmp/{name}.out').strip() for name in self._names}
        bad = [f'{name}: {said[name]}' for name in self._names if codes[name] != '0']
        if bad:
            raise AssertionError('wrong: ' + '; '.join(bad))
        return said

    def _codes(self):
        answer = self._guest.must_run('for c in /tmp/*.code; do [ -e $c ] && echo "$c $(cat $c)"; done; true')
        codes = {line.split()[0].split('/')[-1].removesuffix('.code'): line.split()[1]
                 for line in answer.splitlines()}
        return codes if set(codes) == set(self._names) else None

    def pauses(self):
        found = []
        for name in self._names:
            for line in self._guest.must_run(f'grep ^pause /tmp/{name}.log; true').splitlines():
                end, gap, wait = (int(word) / 1e9 for word in line.split()[1:])
                end += self._clock_offset
                found.append(Pause(name.split('.')[0], end - gap, end, wait))
        return found

    def check_kernel(self):
        new = [line for line in self._kernel_words() if line not in self._old_words]
        if new:
            raise AssertionError('the guest\'s kernel says: ' + '; '.join(new[:5]))

    def _kernel_words(self):
        return self._guest.must_run(f"dmesg | grep -iE '{_BAD_WORDS}'; true").splitlines()

    def _measure_clock(self):
        """Host's clock minus guest's, from the quickest of a few answers."""
        best = None
        for _ in range(8):
            before = time.time()
            guest = float(self._guest.must_run('laneway-guest-load --clock'))
            after = time.time()
            if best is None or after - before < best[0]:
                best = (after - before, (before + after) / 2 - guest)
        return best[1]
