"""What the suite says about pauses and times must be right itself."""

import unittest
from itertools import islice

from pauses import Fault, histogram, longest_per_fault
from loads import Pause
from timeline import Habit, Timeline


class TimelineTest(unittest.TestCase):
    HABITS = {'one': Habit(1.0, 0.1, 0.5), 'two': Habit(2.0, 0, 0)}

    def test_the_same_seed_gives_the_same_events(self):
        first, second = (list(islice(Timeline(7, self.HABITS), 100)) for _ in range(2))
        self.assertEqual([(e.at, e.kind, e.is_begin) for e in first], [(e.at, e.kind, e.is_begin) for e in second])
        self.assertNotEqual([e.at for e in first], [e.at for e in islice(Timeline(8, self.HABITS), 100)])

    def test_a_kind_comes_at_the_same_times_whatever_else_happens(self):
        together = [e.at for e in islice(Timeline(7, self.HABITS), 100) if e.kind == 'one']
        alone = [e.at for e in islice(Timeline(7, {'one': self.HABITS['one']}), len(together))]
        self.assertEqual(together, alone)

    def test_every_fault_ends_before_its_kind_begins_again_and_within_the_time(self):
        events = list(Timeline(3, self.HABITS, seconds=60))
        self.assertEqual([e.at for e in events], sorted(e.at for e in events))
        for kind in self.HABITS:
            begins = [e.is_begin for e in events if e.kind == kind]
            self.assertEqual(begins, [True, False] * (len(begins) // 2))
        self.assertLessEqual(events[-1].at, 60)

    def test_ends_after_so_many(self):
        events = list(Timeline(3, {'one': Habit(1.0, count_max=5)}))
        self.assertEqual(sum(e.is_begin for e in events), 5)


class PausesTest(unittest.TestCase):
    def test_a_pause_counts_for_the_fault_that_it_shares_most_time_with(self):
        short, long = Fault('short', 10, 10.1, ('lun',)), Fault('long', 9, 14, ('lun',))
        longest, rest = longest_per_fault([short, long], [Pause('lun', 10, 13, 3)])
        self.assertEqual((longest[id(short)], longest[id(long)], rest), (0, 3, []))

    def test_a_fault_that_cannot_touch_a_disk_is_not_blamed(self):
        fault = Fault('target-kill', 10, 11, ('lun',))
        longest, rest = longest_per_fault([fault], [Pause('file', 10, 11, 1)])
        self.assertEqual((longest[id(fault)], len(rest)), (0, 1))

    def test_pauses_of_no_fault_are_told(self):
        lines = histogram([Fault('loss', 10, 11, ('lun',))], [Pause('lun', 20, 20.2, 0.2)])
        self.assertIn('200 ms', lines[-1])
        self.assertTrue(lines[1].startswith('loss'))
