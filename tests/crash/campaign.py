"""A campaign: loads run in a guest while storms of faults come and go; at the end everything is read back."""

import random
import time

from lab import watch

from faults import KINDS, SERVICE_KINDS
from pauses import Fault, histogram
from timeline import Habit, Timeline

_LOOK_SECONDS = 2.0  # between looks at the loads


class Campaign:
    def __init__(self, rig):
        self._rig = rig
        self._seed = rig.plan.seed
        self._kinds = {}
        self._begun = {}
        self._faults = []
        self._events = 0
        self._started = time.time()
        self._looked = 0.0

    def storm(self, habits, seconds=float('inf'), name=''):
        """Faults as the seed and the storm's name decide, to their end; then every load gets on. Raises where not."""
        known = KINDS | SERVICE_KINDS
        self._kinds = {kind: known[kind](self._rig, random.Random(f'{self._seed}{name}/{kind}/more'))
                       for kind in habits}
        begin = time.time()
        try:
            for event in Timeline(f'{self._seed}{name}', habits, seconds):
                # A look at the loads takes its time. What is late moves all that follows: no faults in a heap.
                begin += self._wait_until(begin + event.at)
                self._carry_out(event)
            self._end_all()
            self._rig.loads.wait_progress(self._rig.plan.progress_seconds)
        except BaseException as error:
            self.say(f'FAILED: {error}')
            raise

    def kill_at(self, moment):
        """One kill, at just that moment of a request (gate.py); the engine is laneway-engine-planted."""
        self._rig.gate.wait_standing(moment)
        self.storm({'engine-kill': Habit(0, count_max=1)})

    def kill_guest(self):
        self._rig.guest.process.kill()

    def finish(self):
        """Reads everything back, asks the guest's kernel, prints what each load says and the pauses.

        Returns faults and pauses."""
        self.say('all faults are over; reading back')
        try:
            said = self._rig.loads.stop()
            self._rig.loads.check_kernel()
        except BaseException as error:
            self.say(f'FAILED: {error}')
            raise
        for name, words in said.items():
            print(f'  {name:<14} {words}')
        pauses = self._rig.loads.pauses()
        for disk in sorted(self._rig.disks) if pauses else ():
            print(f'\npauses on {disk}, as its guest saw them:')
            mine = [pause for pause in pauses if pause.disk == disk]
            print('\n'.join(histogram([fault for fault in self._faults if disk in fault.disks], mine)))
        return self._faults, pauses

    def say(self, words):
        print(f'[{time.time() - self._started:9.3f} s] seed {self._seed} event {self._events}: {words}', flush=True)

    def _wait_until(self, when):
        """How late it is then."""
        while True:
            now = time.time()
            if now >= when:
                return now - when
            if now - self._looked >= _LOOK_SECONDS:
                self._looked = now
                self._rig.loads.check()
                continue
            watch.pause(min(when - now, _LOOK_SECONDS))

    def _carry_out(self, event):
        self._events += 1
        if not event.is_begin:
            if event.kind in self._begun:
                self._end(event.kind)
            return
        if not self._kinds[event.kind].is_possible():
            self.say(f'{event.kind}: left out, the keeper is away')
            return
        self._begun[event.kind] = time.time()
        self.say(self._kinds[event.kind].begin())

    def _end(self, kind):
        words = self._kinds[kind].end()
        self._faults.append(Fault(kind, self._begun.pop(kind), time.time(), self._kinds[kind].disks))
        if words:
            self.say(words)

    def _end_all(self):
        for kind in sorted(self._begun):
            self._end(kind)
