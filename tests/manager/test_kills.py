"""lanewayd is killed at random points of many changes; what it acknowledged holds, and the engine gets there."""

import os
import random
import signal
import threading
import unittest

from daemon import Daemon
from lab import watch
from lab.engine import Engine
from lab.workplace import Workplace

OPERATIONS = int(os.environ.get('LANEWAY_KILLS', '24'))  # the campaign: 200
NAMES = ('a', 'b', 'c', 'd')


class Model:
    """What was acknowledged, and what may be so because its answer was lost: name -> set of possible limits, None for
    a function that is not there."""

    def __init__(self):
        self.possible = {name: {None} for name in NAMES}

    def check(self, case, name, limit):
        case.assertIn(limit, self.possible[name], f'{name} after a kill')
        self.possible[name] = {limit}


class KillTest(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('kills'))
        self.seed = int(os.environ.get('LANEWAY_SEED', random.randrange(1 << 30)))
        self.random = random.Random(self.seed)
        self.engine = Engine(self.workplace)
        self.daemon = Daemon(self.workplace, self.engine)
        self.model = Model()
        for name in NAMES:
            self.daemon.make('volumes', name, {'kind': 'memory', 'size_bytes': 1 << 20})

    def change(self, name):
        """One random change; its answer counts where there is one."""
        is_there = self.model.possible[name] != {None}
        if is_there and self.random.random() < 0.3:
            wish, method, body = None, 'DELETE', None
        else:
            wish, method = self.random.randrange(100, 10000), 'PUT'
            body = {'spec': {'volume': name, 'limits': {'iops_max': wish}}}
        self.model.possible[name].add(wish)
        try:
            got = self.daemon.ask(method, f'/functions/{name}', body)
        except OSError:
            return
        except Exception:  # an answer that was cut off is no answer
            return
        if got.status in (200, 201, 202, 204):
            self.model.possible[name] = {wish}
        elif got.status == 409:  # it is still being deleted
            self.model.possible[name].discard(wish)
        else:
            self.fail(f'{method} {name}: {got.status} {got.body} (seed {self.seed})')

    def wanted(self, name):
        got = self.daemon.ask('GET', f'/functions/{name}')
        if got.status == 404 or got.body['status']['state'] == 'deleting':
            return None
        return got.body['spec']['limits']['iops_max']

    def engine_has(self):
        functions = self.engine.laneway('vf', 'list')['functions']
        return {each['name']: each['limits'].get('iops_max') for each in functions}

    def test_what_was_acknowledged_holds_whenever_lanewayd_is_killed(self):
        print(f'kills: seed {self.seed}')
        for _ in range(OPERATIONS):
            timer = threading.Timer(self.random.uniform(0, 0.03), self.daemon.process.send, [signal.SIGKILL])
            timer.start()
            for _ in range(self.random.randrange(1, 4)):
                self.change(self.random.choice(NAMES))
            timer.join()
            self.daemon.kill()
            self.daemon.start()
            for name in NAMES:
                self.model.check(self, name, self.wanted(name))
        wanted = {name: limit for name in NAMES if (limit := self.wanted(name)) is not None}
        watch.until(lambda: self.engine_has() == wanted, f'the engine at {wanted} (seed {self.seed})')
        strangers = self.daemon.get('/events?filter=reason=not_managed')['items']
        self.assertEqual(strangers, [], f'seed {self.seed}')
