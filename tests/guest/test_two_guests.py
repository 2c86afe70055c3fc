"""Two guests at once, each on its own function of one engine."""

from lab.case import LabCase
from lab.engine import Engine
from lab.fio import Job
from lab.target import Target
from lab.uml import UmlGuest

MIB = 1 << 20


class TwoGuestsTest(LabCase):
    def test_two_guests_on_two_luns_see_only_their_own_bytes(self):
        array = Target(self.place)
        luns = [array.add_lun(128 * MIB), array.add_lun(128 * MIB)]
        engine = Engine(self.place)
        engine.laneway('target', 'login', array.IQN, '--portal', array.portal, '--name', 'array')
        guests = []
        for lun in luns:
            socket = engine.create(f'lane{lun}', '--target', 'array', '--lun', lun)
            guests.append(UmlGuest(self.place, [socket], name=f'uml{lun}'))
        jobs = [Job(guest.wait_disk(f'lane{lun}'), 'randwrite', depth=16, size='32M', verify=True, seed=lun)
                for guest, lun in zip(guests, luns)]
        for guest, job in zip(guests, jobs):
            guest.begin_fio(job)
        for guest, job in zip(guests, jobs):
            self.assertEqual(guest.finish_fio(job).read_bytes, 32 * MIB)
        for guest, lun, job in zip(guests, luns, jobs):
            guest.must_run(f'echo lane {lun} | dd of={job.disk} bs=512 conv=sync oflag=direct')
        for guest, lun, job in zip(guests, luns, jobs):
            self.assertEqual(guest.must_run(f'head -c 6 {job.disk}'), f'lane {lun}')
