"""Kills under verified loads, a little of everything: the part of the suite that ./check runs."""

import contextlib
import io
import unittest

from lab.workplace import Workplace

from campaign import Campaign
from gate import AFTER_USED, BEFORE_USED
from habits import LOGS, habit
from rig import Plan, Rig
from timeline import Habit

SEED = 20  # any; a failure says it again
KILLS = 20


@contextlib.contextmanager
def campaign_of(plan):
    """A campaign on a rig of its own; what goes wrong says all that it printed."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), Workplace('crash', LOGS) as place:
            yield Campaign(Rig(place, plan))
    except AssertionError as error:
        raise AssertionError(f'{error}\n{said.getvalue()}') from None
    print(said.getvalue())


class CrashTest(unittest.TestCase):
    def test_kills_of_the_engine_cost_a_pause_only(self):
        with campaign_of(Plan(SEED, disks=('memory', 'file', 'lun'), loads=('small', 'fio'))) as campaign:
            campaign.storm({'engine-kill': habit('engine-kill', count_max=KILLS)})
            faults, _ = campaign.finish()
            self.assertEqual(len(faults), KILLS)

    def test_kills_at_the_worst_moments_of_a_request_cost_a_pause_only(self):
        with campaign_of(Plan(SEED, disks=('file',), loads=('small',), plant='none')) as campaign:
            for moment in (BEFORE_USED, AFTER_USED) * 3:
                campaign.kill_at(moment)
            campaign.finish()

    def test_upgrades_and_kills_of_engine_and_keeper_in_turn_cost_a_pause_only(self):
        kinds = ('engine-kill', 'engine-upgrade', 'keeper-kill')
        with campaign_of(Plan(SEED, 'bench', disks=('memory', 'file'))) as campaign:
            campaign.storm({kind: habit(kind, mean=0.8) for kind in kinds}, 10)
            campaign.finish()

    def test_faults_of_target_and_network_cost_a_pause_only(self):
        kinds = ('target-kill', 'link-down', 'loss', 'reset')
        with campaign_of(Plan(SEED, disks=('lun',), loads=('small', 'large'))) as campaign:
            campaign.storm({kind: habit(kind, mean=1) for kind in kinds}, 12)
            campaign.finish()


class ServiceTest(unittest.TestCase):
    NEEDS_ROOT = 'a service manager of the test\'s own'

    def test_deaths_of_engine_and_keeper_at_once_cost_a_pause_only(self):
        """And restarts of the service, under a real systemd."""
        plan = Plan(SEED, disks=('memory', 'file', 'lun'), loads=('small',), is_service=True)
        kinds = ('both-kill', 'service-restart', 'engine-kill')
        with campaign_of(plan) as campaign:
            campaign.storm({kind: habit(kind, mean=2) for kind in kinds}, 10)
            campaign.finish()


class PlantedBugTest(unittest.TestCase):
    """Each bug must turn a campaign red that is green above or, with the stalling target, here."""

    WRONG_DATA = 'the sector at'
    RESETS = {'reset': Habit(1.0, 0.05, 0.3)}  # short: a new session comes while the old one's writes still stall
    SECONDS_MAX = 200  # a campaign ends where it sees something, mostly after a few
    # What is lost is never answered: there is no need to wait for long.
    SHORT = {'progress_seconds': 4, 'answer_seconds': 2}

    @contextlib.contextmanager
    def must_see(self, bug, evidence='', **changes):
        """What is done inside, on a rig that could be built, goes wrong, and the first words say `evidence`."""
        plan = Plan(SEED, loads=('tight',), plant=bug, **changes)
        with campaign_of(plan) as campaign:
            with self.assertRaises(AssertionError) as seen:
                yield campaign
                campaign.finish()
            campaign.kill_guest()  # requests that nobody answers would hold up its end
        words = str(seen.exception).splitlines()[0]
        self.assertIn(evidence, words)
        print(f'{bug}: {words}')

    def test_every_other_request_that_is_not_recorded(self):
        with self.must_see('every_other_not_recorded', disks=('file',), **self.SHORT) as campaign:
            campaign.kill_at(BEFORE_USED)

    def test_a_record_that_is_cleared_before_the_guest_can_see_the_answer(self):
        with self.must_see('record_cleared_before_used', disks=('file',), **self.SHORT) as campaign:
            campaign.kill_at(BEFORE_USED)

    def test_a_batch_that_is_not_recorded(self):
        with self.must_see('batch_not_recorded', disks=('file',), **self.SHORT) as campaign:
            campaign.kill_at(AFTER_USED)

    def test_a_write_whose_answer_was_lost_and_that_counts_as_done(self):
        with self.must_see('lost_write_counts_as_done', self.WRONG_DATA, disks=('lun',)) as campaign:
            campaign.storm(self.RESETS, self.SECONDS_MAX)

    def test_a_replay_without_a_fence(self):
        with self.must_see('replay_without_fence', self.WRONG_DATA, disks=('lun',), target_stalls=True) as campaign:
            campaign.storm(self.RESETS, self.SECONDS_MAX)
