"""/metrics as Prometheus reads it, and what is packaged for Prometheus and Grafana, against a real engine."""

import json
import re
import subprocess

from lab.engine import BIN
from lab.process import must_run
from lab.target import Target
from lab.workplace import ROOT
from test_api import MIB, PlatformCase

RULES = ROOT / 'packaging' / 'prometheus' / 'laneway.rules.yml'
DASHBOARD = ROOT / 'packaging' / 'grafana' / 'laneway.json'


def values_of(text):
    """{'name{labels}': value}"""
    rows = [line.rsplit(' ', 1) for line in text.splitlines() if line and not line.startswith('#')]
    return {name: float(value) for name, value in rows}


def names_in(text):
    """The metrics that an expression, or a whole scrape, speaks of."""
    return set(re.findall(r'\blaneway_[a-z_]+', text))


class MetricsTest(PlatformCase):
    def scrape(self):
        got = self.daemon.ask('GET', '//metrics')
        self.assertEqual(got.status, 200, got.text)
        return got.text

    def test_a_scrape_says_what_guests_did_and_reads_like_prometheus_own(self):
        target = Target(self.workplace)
        lun = target.add_lun(16 * MIB)
        daemon = self.start_daemon()
        daemon.make('targets', 'array', {'iqn': Target.IQN, 'portal': target.portal})
        daemon.make('volumes', 'disk', {'kind': 'lun', 'paths': [{'target': 'array', 'lun': lun}]})
        daemon.make('functions', 'vm1', {'volume': 'disk'})
        before = values_of(self.scrape())
        self.assertEqual(before['laneway_function_operations_total{function="vm1",operation="read"}'], 0)
        must_run([BIN / 'laneway', 'bench', self.engine.function_socket('vm1'), '--depth', '4', '--time', '1'])
        text = self.scrape()
        after = values_of(text)
        reads = after['laneway_function_operations_total{function="vm1",operation="read"}']
        self.assertGreater(reads, 0)
        self.assertEqual(after['laneway_function_bytes_total{function="vm1",operation="read"}'], reads * 4096)
        self.assertEqual(after['laneway_path_usable{function="vm1",path="0",target="array"}'], 1)
        self.assertEqual(after['laneway_target_ready{target="array"}'], 1)
        self.assertGreater(after['laneway_function_stage_samples_total{function="vm1",stage="target"}'], 0)
        checked = subprocess.run(['promtool', 'check', 'metrics'], input=text, capture_output=True, text=True,
                                 check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ''))
        self.speaks_only_of(names_in(text))

    def speaks_only_of(self, known):
        """Alerts and dashboard use metrics that are there: a name that nobody sends is never an alert."""
        known |= {name + '_bucket' for name in known} | {'laneway'}
        for path in (RULES, DASHBOARD):
            words = path.read_text(encoding='utf-8')
            pattern = r'"expr": "((?:[^"\\]|\\.)*)"' if path == DASHBOARD else r'expr: (.*(?:\n {10}.*)*)'
            expressions = re.findall(pattern, words)
            self.assertGreater(len(expressions), 5)
            self.assertEqual(names_in(' '.join(expressions)) - known, set(), path.name)

    def test_an_engine_that_is_down_is_a_metric_and_not_an_error(self):
        self.start_daemon()
        self.assertEqual(values_of(self.scrape())['laneway_engine_up'], 1)
        self.engine.stop()
        values = values_of(self.scrape())
        self.assertEqual(values['laneway_engine_up'], 0)
        self.assertFalse([name for name in values if name.startswith('laneway_function')])

    def test_a_scraper_needs_a_viewers_token(self):
        daemon = self.start_daemon('--listen', '127.0.0.1:0')
        self.assertEqual(daemon.ask('GET', '//metrics', https=True).status, 401)
        made = daemon.ask('POST', '/tokens', {'name': 'prometheus', 'spec': {'role': 'viewer'}})
        bearer = {'Authorization': 'Bearer ' + made.body['secret']}
        self.assertEqual(daemon.ask('GET', '//metrics', None, bearer, https=True).status, 200)
        self.assertEqual(daemon.ask('POST', '//metrics', None, bearer, https=True).status, 405)

    def test_the_rules_come_when_they_must_and_the_dashboard_is_whole(self):
        must_run(['promtool', 'check', 'rules', RULES])
        must_run(['promtool', 'test', 'rules', RULES.with_name('laneway.rules.test.yml')])
        board = json.loads(DASHBOARD.read_text(encoding='utf-8'))
        places = [(panel['gridPos']['x'], panel['gridPos']['y']) for panel in board['panels']]
        self.assertEqual(len(places), len(set(places)))
        self.assertTrue(all(panel['targets'] for panel in board['panels']))
