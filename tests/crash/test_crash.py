"""Kills under verified loads, a little of everything: the part of the suite that ./check runs."""

import contextlib
import io
import os
import unittest

from lab.workplace import Workplace

from campaign import Campaign
from habits import LOGS, habit
from rig import Plan, Rig

SEED = 20  # any; a failure says it again
KILLS = 20


def carry_out(plan, habits, seconds=float('inf')):
    """What it printed; the exception of a campaign that went wrong carries that as well."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), Workplace('crash', LOGS) as place:
            campaign = Campaign(Rig(place, plan))
            campaign.storm(habits, seconds)
            campaign.finish()
    except AssertionError as error:
        raise AssertionError(f'{error}\n{said.getvalue()}') from None
    return said.getvalue()


class CrashTest(unittest.TestCase):
    def test_kills_of_the_engine_cost_a_pause_only(self):
        plan = Plan(SEED, disks=('memory', 'file', 'lun'), loads=('small', 'fio'))
        said = carry_out(plan, {'engine-kill': habit('engine-kill', count_max=KILLS)})
        self.assertEqual(said.count(' killed'), KILLS)
        print(said)

    def test_upgrades_and_kills_of_engine_and_keeper_in_turn_cost_a_pause_only(self):
        plan = Plan(SEED, 'bench', disks=('memory', 'file'))
        kinds = ('engine-kill', 'engine-upgrade', 'keeper-kill')
        print(carry_out(plan, {kind: habit(kind, mean=0.8) for kind in kinds}, 10))

    def test_faults_of_target_and_network_cost_a_pause_only(self):
        plan = Plan(SEED, disks=('lun',), loads=('small', 'large'))
        kinds = ('target-kill', 'link-down', 'loss', 'reset')
        print(carry_out(plan, {kind: habit(kind, mean=1) for kind in kinds}, 12))


class ServiceTest(unittest.TestCase):
    def test_deaths_of_engine_and_keeper_at_once_cost_a_pause_only(self):
        """And restarts of the service, under a real systemd."""
        if os.geteuid() != 0:
            self.skipTest('a service manager of the test\'s own needs root')
        plan = Plan(SEED, disks=('memory', 'file', 'lun'), loads=('small',), is_service=True)
        kinds = ('both-kill', 'service-restart', 'engine-kill')
        print(carry_out(plan, {kind: habit(kind, mean=2) for kind in kinds}, 10))


class PlantedBugTest(unittest.TestCase):
    """Each bug must turn the suite red; the same campaigns are green above and, with the stalling target, here."""

    RESETS = {'reset': habit('reset', mean=0.5)}
    KILLS = {'engine-kill': habit('engine-kill', count_max=40)}

    def assert_seen(self, bug, habits, seconds=float('inf'), **changes):
        plan = Plan(SEED, loads=('small',), plant=bug, progress_seconds=10, answer_seconds=5, **changes)
        with self.assertRaises(AssertionError) as seen:
            carry_out(plan, habits, seconds)
        print(f'{bug}: {str(seen.exception).splitlines()[0]}')

    def test_a_request_that_is_not_recorded(self):
        self.assert_seen('record_never_set', self.KILLS, disks=('file',))

    def test_a_record_that_is_cleared_before_the_guest_can_see_the_answer(self):
        self.assert_seen('record_cleared_before_used', self.KILLS, disks=('memory',))

    def test_a_batch_that_is_not_recorded(self):
        self.assert_seen('batch_not_recorded', self.KILLS, disks=('memory',))

    def test_a_write_whose_answer_was_lost_and_that_counts_as_done(self):
        self.assert_seen('lost_write_counts_as_done', self.RESETS, 30, disks=('lun',))

    def test_a_replay_without_a_fence(self):
        self.assert_seen('replay_without_fence', self.RESETS, 60, disks=('lun',), target_stalls=True)
