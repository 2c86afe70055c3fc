"""A QEMU guest, emulated: what only a real PCI machine shows. One guest for all tests of the class."""

import os
import shutil

from lab import watch
from lab.case import LabCase, SharedLabCase
from lab.engine import Engine
from lab.fio import Job
from lab.newer_debian import Tree
from lab.qemu import QemuGuest

MIB = 1 << 20
BLKDISCARD = shutil.which('blkdiscard', path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')


def machine(suite):
    """Options of a guest carried by the QEMU of Debian `suite`; of this machine's own QEMU where that is None."""
    return {'tree': Tree(suite)} if suite else {}


class QemuGuestTest(SharedLabCase):
    suite = None

    @classmethod
    def start_shared(cls):
        cls.engine = Engine(cls.place)
        cls.file = cls.place.path('disk.img')
        socket = cls.engine.create('lane', '--file', cls.file, '--size', '64M', '--queues', '4')
        cls.guest = QemuGuest(cls.place, [socket], queues=2, programs=[BLKDISCARD], **machine(cls.suite))
        cls.disk = cls.guest.wait_disk('lane')

    def assert_verified(self, disk, size_mib=4, **changes):
        job = Job(disk, **{'pattern': 'randwrite', 'depth': 16, 'size': f'{size_mib}M', 'verify': True, **changes})
        result = self.guest.fio(job)
        self.assertEqual((result.errors, result.read_bytes), (0, size_mib * MIB))

    def test_boots_with_the_function_and_verifies_data(self):
        self.assertEqual(self.guest.disk_bytes(self.disk), 64 * MIB)
        for block_size in ('4k', '64k', '512'):
            self.assert_verified(self.disk, block_size=block_size)

    def test_uses_several_queues(self):
        queues = self.guest.must_run(f'ls /sys/block/{self.disk[5:]}/mq').split()
        self.assertEqual(len(queues), 2)

    def test_hot_plug_and_unplug_under_verified_io(self):
        for turn in range(2):
            socket = self.engine.create(f'plugged{turn}', '--memory', '64M')
            device = self.guest.plug(socket)
            self.assert_verified(self.guest.wait_disk(f'plugged{turn}'))
            self.guest.unplug(device)
            self.guest.wait_no_disk(f'plugged{turn}')
            self.engine.laneway('vf', 'delete', f'plugged{turn}')
        self.assert_verified(self.disk)

    def test_stop_and_cont_of_the_machine_under_verified_load(self):
        job = Job(self.disk, 'randwrite', depth=16, size='16M', verify=True, loops=2)
        self.guest.begin_fio(job)
        for _ in range(3):
            watch.pause(1)
            self.guest.qmp.command('stop')
            watch.pause(0.5)
            self.guest.qmp.command('cont')
        self.assertEqual(self.guest.finish_fio(job).errors, 0)

    def test_a_resize_is_seen_in_the_guest(self):
        socket = self.engine.create('growing', '--file', self.place.path('growing.img'), '--size', '16M')
        device = self.guest.plug(socket)
        disk = self.guest.wait_disk('growing')
        self.assertEqual(self.guest.disk_bytes(disk), 16 * MIB)
        self.engine.laneway('vf', 'resize', 'growing', '48M')
        watch.until(lambda: self.guest.disk_bytes(disk) == 48 * MIB, 'the new size in the guest', 30, 0.2)
        self.guest.must_run(f'dd if=/dev/zero of={disk} bs=1M seek=47 count=1 oflag=direct')
        self.guest.unplug(device)

    def test_a_read_only_function_refuses_writes(self):
        path = self.place.path('fixed.img')
        path.write_bytes(b'fixed' * 4096 + bytes(MIB - 5 * 4096))
        device = self.guest.plug(self.engine.create('fixed', '--file', path, '--read-only'))
        disk = self.guest.wait_disk('fixed')
        self.assertEqual(self.guest.must_run(f'cat /sys/block/{disk[5:]}/ro').strip(), '1')
        code, _ = self.guest.run(f'dd if=/dev/zero of={disk} bs=512 count=1 oflag=direct')
        self.assertNotEqual(code, 0)
        self.assertEqual(self.guest.must_run(f'head -c 5 {disk}'), 'fixed')
        self.guest.unplug(device)
        self.assertEqual(path.read_bytes()[:5], b'fixed')

    def test_discard_gives_space_back(self):
        path = self.place.path('thin.img')
        device = self.guest.plug(self.engine.create('thin', '--file', path, '--size', '32M'))
        disk = self.guest.wait_disk('thin')
        self.assert_verified(disk, 16, pattern='write', block_size='256k')
        full = os.stat(path).st_blocks
        self.guest.must_run(f'/usr/bin/blkdiscard -o 0 -l {16 * MIB} {disk}')
        self.assertLess(os.stat(path).st_blocks, full // 4)
        self.assertEqual(self.guest.must_run(f'head -c {MIB} {disk} | tr -d "\\000" | wc -c').strip(), '0')
        self.guest.unplug(device)

    def test_write_zeroes_clears(self):
        self.assert_verified(self.disk, 8, pattern='write', block_size='256k')
        self.guest.must_run(f'/usr/bin/blkdiscard -z -o {MIB} -l {2 * MIB} {self.disk}')
        zeroed = self.guest.must_run(f'dd if={self.disk} bs=1M skip=1 count=2 2>/dev/null | tr -d "\\000" | wc -c')
        self.assertEqual(zeroed.strip(), '0')
        before = self.guest.must_run(f'dd if={self.disk} bs=1M count=1 2>/dev/null | tr -d "\\000" | wc -c')
        self.assertGreater(int(before), MIB // 2)

    def test_the_driver_may_leave_and_come_back(self):
        device = self.guest.must_run(f'basename $(readlink -f /sys/block/{self.disk[5:]}/device)').strip()
        for _ in range(3):
            self.guest.must_run(f'echo {device} > /sys/bus/virtio/drivers/virtio_blk/unbind')
            self.guest.must_run(f'echo {device} > /sys/bus/virtio/drivers/virtio_blk/bind')
        self.assert_verified(self.guest.wait_disk('lane'))


class QemuLifeTest(LabCase):
    suite = None

    def test_a_killed_machine_leaves_its_function_to_the_next(self):
        engine = Engine(self.place)
        socket = engine.create('lane', '--memory', '64M')
        first = QemuGuest(self.place, [socket], name='first', **machine(self.suite))
        first.must_run(f'echo kept | dd of={first.wait_disk("lane")} bs=512 conv=sync oflag=direct')
        first.begin_fio(Job(first.wait_disk('lane'), 'randwrite', depth=16, size='32M', seconds=60, seed=3))
        first.process.kill()
        second = QemuGuest(self.place, [socket], name='second', **machine(self.suite))
        result = second.fio(Job(second.wait_disk('lane'), 'randwrite', depth=16, size='4M', verify=True))
        self.assertEqual(result.errors, 0)
        second.power_off()

    def test_a_guest_keeps_its_disk_when_an_engine_without_keeper_is_killed(self):
        """QEMU connects again within a second, and its in-flight region says what is to be repeated."""
        engine = Engine(self.place)
        socket = engine.create('lane', '--file', self.place.path('disk.img'), '--size', '64M', '--queues', '2')
        guest = QemuGuest(self.place, [socket], queues=2, **machine(self.suite))
        job = Job(guest.wait_disk('lane'), 'randwrite', depth=32, size='16M', verify=True, loops=4)
        guest.begin_fio(job)
        for _ in range(4):
            watch.pause(1.5)
            engine.process.kill()
            engine.start()
        self.assertEqual(guest.finish_fio(job).errors, 0)

    def test_a_guest_keeps_its_disk_when_the_engine_restarts(self):
        engine = Engine(self.place)
        socket = engine.create('lane', '--file', self.place.path('disk.img'), '--size', '64M')
        guest = QemuGuest(self.place, [socket], **machine(self.suite))
        disk = guest.wait_disk('lane')
        job = Job(disk, 'randwrite', depth=8, size='16M', verify=True, loops=3)
        guest.begin_fio(job)
        watch.pause(1)
        engine.stop()
        engine.start()
        self.assertEqual(guest.finish_fio(job).errors, 0)
