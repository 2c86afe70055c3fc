#!/usr/bin/env python3
"""Checks the arithmetic of the benchmarks: which rounds count, verdicts, noise, pages and plots. Measures nothing."""

import importlib.machinery
import importlib.util
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import cases
import goals
import lanes
import machine
import many
import notes
import plots
import report
import rounds
import svg
from run import Facts, Measured

HERE = Path(__file__).resolve().parent


def load_script(path):
    """A program that is no module of this folder."""
    name = f'{path.stem}_script'
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def run(lane, foreign=0.0, problem='', **figures):
    return rounds.Run(lane, figures, f'measure {lane}', foreign, 0.0, problem, [[900, 10], [1100, 30], [5000, 1]])


def a_round(*runs, distances=(50, 52), disturbed=''):
    return rounds.Round(list(runs), list(distances), disturbed)


def case_named(name):
    return next(case for case in cases.CASES if case.name == name)


def measured(name, done):
    chosen, word = rounds.counted(done)
    return Measured(case_named(name), done, ['a command'], chosen, word, 'A note.')


class Rounds(unittest.TestCase):
    def test_foreign_load_failed_requests_and_moved_cores_disturb(self):
        self.assertEqual(rounds.disturbance([run('laneway', iops=1)], [50, 60]), '')
        self.assertIn('foreign load of 0.20', rounds.disturbance([run('laneway', 0.2)], [50, 50]))
        self.assertIn('failed requests: I/O error', rounds.disturbance([run('qsd', 0, 'I/O error')], [50, 50]))
        self.assertIn('the cores moved', rounds.disturbance([run('laneway')], [50, 400]))

    def test_disturbed_rounds_and_the_rarer_distance_do_not_count(self):
        near, far = a_round(run('laneway', iops=3)), a_round(run('laneway', iops=1), distances=(400, 410))
        bad = a_round(run('laneway', iops=9), disturbed='foreign load')
        chosen, word = rounds.counted([near, near, far, bad])
        self.assertEqual((len(chosen), word), (2, 'near cores'))
        chosen, word = rounds.counted([far, far, far, near])
        self.assertEqual((len(chosen), word), (3, 'far cores'))
        self.assertEqual(rounds.counted([bad])[1], 'all disturbed')

    def test_a_case_ends_when_enough_rounds_are_quiet_or_its_time_is_over(self):
        class Quiet(lanes.Lane):
            def measure(self, seconds, warm_up):
                return lanes.Sample({'iops': 5.0}, 'nothing', problem=self.name)
        plan = lanes.Plan(HERE, 0, 1, 1, 3, 0, 0)
        original, rounds.distance_of = rounds.distance_of, lambda _plan: 50
        try:
            far_end = float('inf')
            done = rounds.run_case(plan, case_named('idle-256'), [Quiet('')], rounds.Limits(3, far_end, far_end), str)
            self.assertGreaterEqual(len(done), 3)
            over = rounds.run_case(plan, case_named('idle-256'), [Quiet('broken')], rounds.Limits(3, 0, far_end), str)
            self.assertEqual(len(over), 3)
            hopeless = rounds.run_case(plan, case_named('idle-256'), [Quiet('broken')], rounds.Limits(3, 0, 0), str)
            self.assertEqual(len(hopeless), 1)
        finally:
            rounds.distance_of = original

    def test_foreign_load_is_what_is_not_ours(self):
        before, after = machine.LoadMeter(10, 1, 100), machine.LoadMeter(13, 1.5, 102)
        self.assertAlmostEqual(before.foreign_cores(after, 2.0), 0.5)
        self.assertEqual(before.foreign_cores(after, 5.0), 0.0)
        self.assertAlmostEqual(before.steal_cores(after), 0.25)


class Machine(unittest.TestCase):
    def test_a_session_has_the_time_of_its_children(self):
        command = ['sh', '-c', 'i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done & wait; echo done; read end']
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as process:
            self.assertEqual(process.stdout.readline(), b'done\n')
            self.assertGreater(machine.Session(process).cpu_seconds(), 0.01)
            process.stdin.write(b'\n')


class Verdicts(unittest.TestCase):
    def verdict(self, name, *runs, number=0):
        return goals.verdicts(case_named(name), [a_round(*runs)])[number]

    def test_a_number_is_reached_or_missed(self):
        self.assertEqual(self.verdict('ram-polling-read-d1', run('laneway', iops=1.3e6)).words(), 'reached')
        self.assertEqual(self.verdict('ram-polling-read-d1', run('laneway', iops=0.65e6)).words(), '50 % of the goal')
        self.assertEqual(self.verdict('idle-256', run('laneway', idle_cores=0.02)).words(), '2.00 times the goal')

    def test_goals_follow_the_probe_and_the_peers_of_the_same_run(self):
        ping = self.verdict('fast-sleeping-read-d1', run('laneway', p50_us=26), run(goals.LIMIT, p50_us=20))
        self.assertTrue(ping.is_reached)
        self.assertEqual(ping.limit_words(), '1.30 times')
        peers = [run('qemu-storage-daemon', cpu_s_per_gib=4), run('qemu-storage-daemon (sid)', cpu_s_per_gib=3)]
        self.assertFalse(self.verdict('fast-sequential-128k', run('laneway', cpu_s_per_gib=1.6), *peers).is_reached)
        self.assertTrue(self.verdict('fast-sequential-128k', run('laneway', cpu_s_per_gib=1.4), *peers).is_reached)

    def test_the_targets_own_time_is_taken_off(self):
        null = run(goals.GUEST_NULL, iops=5000)  # 200 us, with 200 us of the target's: 2,500, of these 90 %
        ours = run('laneway', iops=2300, target_cpu_s_per_million=200)
        self.assertAlmostEqual(self.verdict('guest-tgtd-d1', ours, null).wanted, 2250)

    def test_what_was_not_measured_is_not_judged(self):
        self.assertEqual(goals.verdicts(case_named('guest-tgtd-d1'), [a_round(run('laneway', iops=1))]), [])

    def test_every_goal_belongs_to_a_case_and_to_a_figure_with_a_unit(self):
        for name, wanted in goals.GOALS.items():
            case_named(name)
            for goal in wanted:
                self.assertIn(goal.metric, report.FIGURES)


class Compare(unittest.TestCase):
    compare = load_script(HERE / 'compare')

    def judge(self, base, head, again, direction=1):
        done = [a_round(run('base', iops=a), run('head', iops=b), run('base again', iops=c))
                for a, b, c in zip(base, head, again)]
        return self.compare.judge(done, 'iops', direction)[2]

    def test_a_difference_inside_the_noise_is_none(self):
        self.assertIn('no difference', self.judge([100, 100, 100], [103, 104, 97], [105, 96, 104]))
        self.assertIn('no difference', self.judge([100, 100, 100], [100.5, 100.5, 100.5], [100, 100, 100]))

    def test_a_difference_that_not_all_rounds_agree_on_is_none(self):
        self.assertIn('no difference', self.judge([100, 100, 100, 100], [120, 80, 81, 119], [100, 101, 99, 100]))

    def test_disturbed_rounds_give_no_verdict(self):
        done = [a_round(run('base', iops=100), run('head', iops=200), run('base again', iops=100), disturbed='load')
                for _ in range(3)]
        lines = list(self.compare.lines_of(case_named('ram-polling-read-d1'), *rounds.counted(done)))
        self.assertIn('no verdict', lines[0])

    def test_a_difference_beyond_it_has_a_direction(self):
        self.assertEqual(self.judge([100, 100, 100], [120, 119, 121], [101, 99, 100]), 'better')
        self.assertEqual(self.judge([100, 100, 100], [80, 81, 79], [101, 99, 100]), 'WORSE')
        self.assertEqual(self.judge([100, 100, 100], [80, 81, 79], [101, 99, 100], -1), 'better')


class Budget(unittest.TestCase):
    budget = load_script(HERE.parent / 'tests/budget/run.py')
    PROFILE = '\n'.join(('events: Ir', 'ob=/opt/prog', 'fl=a.cc', 'fn=work', '10 100', '11 5', 'cob=/lib/libc.so',
                         'cfn=memcpy', 'calls=3 0', '11 900', '12 7', 'cfn=own', 'calls=9 0', '12 50', 'fn=own',
                         '20 50', 'ob=/lib/libc.so', 'fn=memcpy', '0 900', 'totals: 1062'))

    def test_own_instructions_foreign_ones_and_calls_between_them_are_told_apart(self):
        self.assertEqual(self.budget.self_cost(self.PROFILE, Path('/opt/prog')), (162, 900, 3))

    def test_three_per_cent_more_is_too_much(self):
        budget = {'instructions': 1000, 'library_calls': 4.0, 'operations': 0.0}
        self.assertEqual(self.budget.judge('p', dict(budget, instructions=1030), budget), [])
        self.assertEqual(len(self.budget.judge('p', dict(budget, instructions=1031), budget)), 1)
        self.assertEqual(len(self.budget.judge('p', dict(budget, library_calls=5.0, operations=1.0), budget)), 2)


class Pages(unittest.TestCase):
    def facts(self):
        load = [a_round(run('laneway', iops=2e5 + i, p50_us=20.0, cpu_s_per_million=2.0),
                        run('qemu-storage-daemon', iops=1e5, p50_us=40.0, cpu_s_per_million=9.0),
                        run(goals.LIMIT, iops=4e5, p50_us=17.0)) for i in range(3)]
        sweep = [a_round(run('laneway', iops_d1=1e4, iops_d128=1e6),
                         run('qemu-storage-daemon', iops_d1=9e3, iops_d128=5e5))]
        plan = lanes.Plan(HERE, 0, 1, 1, 3, 1.0, 0.2)
        return Facts({'cpus': 2}, plan, {'laneway': '1'}, [measured('fast-sleeping-read-d1', load),
                                                           measured('sweep-fast', sweep)], [('idle-256', 'no time')],
                     {'self_test': [{'depth': 1, 'client_ns_per_request': 20, 'ceiling_iops': 3e6, 'p50_ns': 300}]})

    def test_the_page_has_figures_units_goals_and_commands_and_its_plots_are_sound(self):
        with tempfile.TemporaryDirectory() as folder:
            page = report.write(self.facts(), Path(folder) / 'out', Path(folder) / 'docs')
            text = page.read_text(encoding='utf-8')
            for part in ('200,001 (200,000 - 200,002)', 'IOPS', 'a command', 'A note.', 'idle-256: no time', 'reached'):
                self.assertIn(part, text)
            drawn = list((page.parent / 'performance').glob('*.svg'))
            self.assertEqual(len(drawn), 4)
            for file in drawn:
                self.assertTrue(xml.parse(file).getroot().tag.endswith('svg'))
                self.assertIn(file.name, text)
            self.assertTrue((Path(folder) / 'out' / 'results.json').exists())

    def test_the_readme_gets_its_table_and_keeps_its_words(self):
        with tempfile.TemporaryDirectory() as folder:
            readme = Path(folder) / 'README.md'
            readme.write_text('before\n' + '\nold\n'.join(report.README_MARKS) + '\nafter', encoding='utf-8')
            for _ in range(2):
                report.write(self.facts(), Path(folder) / 'out', None, readme)
            text = readme.read_text(encoding='utf-8')
        self.assertNotIn('old', text)
        self.assertTrue(text.startswith('before\n') and text.endswith('\nafter'))
        self.assertEqual(text.count('| us | 20.0 | 40.0 | 22.1 | reached |'), 1)

    def test_every_case_of_the_readme_has_goals(self):
        self.assertLessEqual(set(goals.IN_README), set(goals.GOALS))

    def test_jains_index_says_how_equal_they_are(self):
        self.assertEqual(many.jain([5, 5, 5, 5]), 1.0)
        self.assertEqual(many.jain([8, 0, 0, 0]), 0.25)

    def test_plots_of_nothing_are_left_out(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(plots.write_all([], Path(folder)), [])
        xml.fromstring(svg.histogram('empty', []))

    def test_numbers_are_short_and_text_is_escaped(self):
        self.assertEqual([svg.short(value) for value in (8.7e6, 1234, 3.14159)], ['8.7 M', '1.23 k', '3.14'])
        self.assertEqual(svg.time_word(1500), '1.5 us')
        xml.fromstring(svg.bars('a < b & c', 'x', [('<', [('"', 1, 1, 1)])]))

    def test_notes_belong_to_cases(self):
        known = {case.name for case in cases.CASES}
        self.assertLessEqual(set(notes.read()), known)


if __name__ == '__main__':
    unittest.main()
