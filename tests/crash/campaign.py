"""A campaign: loads run in a guest while faults come and go as a timeline says; then everything is read back."""

import random
import time

from lab import watch

from faults import KINDS
from pauses import Fault, histogram
from timeline import Timeline

_LOOK_SECONDS = 2.0  # between looks at the loads


class Campaign:
    def __init__(self, rig, habits, seconds=float('inf')):
        self._rig = rig
        self._seed = rig.plan.seed
        self._timeline = Timeline(self._seed, habits, seconds)
        self._kinds = {kind: KINDS[kind](rig, random.Random(f'{self._seed}/{kind}/more')) for kind in habits}
        self._begun = {}
        self._faults = []
        self._events = 0
        self._begin = time.time()
        self._looked = 0.0

    def run(self, each_look=lambda: None):
        """Raises where anything is wrong; prints a line an event and the histogram."""
        try:
            for event in self._timeline:
                self._wait_until(self._begin + event.at, each_look)
                self._carry_out(event)
            self._end_all()
            self._rig.loads.wait_progress()
            self._say('all faults are over; reading back')
            said = self._rig.loads.stop()
            self._rig.loads.check_kernel()
        except BaseException as error:
            self._say(f'FAILED after event {self._events}: {error}')
            raise
        for name, words in said.items():
            print(f'  {name:<14} {words}')
        self._report()

    def _wait_until(self, when, each_look):
        while True:
            now = time.time()
            if now - self._looked >= _LOOK_SECONDS:
                self._looked = now
                self._rig.loads.check()
                each_look()
                continue
            if now >= when:
                return
            watch.pause(min(when - now, _LOOK_SECONDS))

    def _carry_out(self, event):
        self._events += 1
        kind = self._kinds[event.kind]
        if event.is_begin:
            self._begun[event.kind] = time.time()
            words = kind.begin()
        else:
            words = kind.end()
            self._faults.append(Fault(event.kind, self._begun.pop(event.kind), time.time(), kind.disks))
        self._say(words)

    def _end_all(self):
        for name in sorted(self._begun):
            self._say(self._kinds[name].end())
            self._faults.append(Fault(name, self._begun[name], time.time(), self._kinds[name].disks))
        self._begun.clear()

    def _say(self, words):
        print(f'[{time.time() - self._begin:9.3f} s] seed {self._seed} event {self._events}: {words}', flush=True)

    def _report(self):
        pauses = self._rig.loads.pauses()
        for disk in sorted(self._rig.disks):
            print(f'\npauses on {disk}, as its guest saw them:')
            mine = [pause for pause in pauses if pause.disk == disk]
            print('\n'.join(histogram([fault for fault in self._faults if disk in fault.disks], mine)))
