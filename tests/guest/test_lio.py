"""Functions on LUNs of the Linux kernel's own target: CHAP both ways, digests, sessions that it drops under load."""

import os
import shutil

from lab import watch
from lab.case import SharedLabCase
from lab.engine import Engine, Refused
from lab.fio import Job
from lab.lio import LioTarget
from lab.uml import UmlGuest

MIB = 1 << 20
LUN_MIB = 64
BLKDISCARD = shutil.which('blkdiscard', path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
USER, SECRET = 'lane-user', 'twelve-or-more-bytes'
TARGET_USER, TARGET_SECRET = 'lio-itself', 'another-long-secret'


class LioTest(SharedLabCase):
    """One target for all; each test logs in on its own and takes its function away again."""
    verified_mib, load_mib = 8, 32

    @classmethod
    def start_shared(cls):
        cls.target = LioTarget(cls.place)
        cls.target.add_lun(1, LUN_MIB)
        cls.engine = Engine(cls.place)

    def setUp(self):
        self.addCleanup(self.clean)

    def clean(self):
        for words in (('vf', 'delete', 'lane'), ('target', 'logout', 'lio')):
            try:
                self.engine.laneway(*words)
            except Refused:
                pass

    def login(self, *words):
        self.engine.laneway('target', 'login', self.target.IQN, '--portal', self.target.portal, '--name', 'lio', *words)

    def guest_on_lun(self):
        socket = self.engine.create('lane', '--target', 'lio', '--lun', '1')
        guest = UmlGuest(self.place, [socket], name=self._testMethodName[5:25])
        return guest, guest.wait_disk('lane')

    def assert_verified(self, guest, disk, size_mib=None, **changes):
        size_mib = size_mib or self.verified_mib
        job = Job(disk, **{'pattern': 'randwrite', 'depth': 32, 'size': f'{size_mib}M', 'verify': True, **changes})
        result = guest.fio(job)
        self.assertEqual((result.errors, result.read_bytes), (0, size_mib * MIB))

    def secret_file(self, name, text):
        path = self.place.path(name)
        path.write_text(text + '\n', encoding='utf-8')
        os.chmod(path, 0o600)
        return path

    def test_discovery_names_the_target(self):
        self.assertIn(self.target.IQN, str(self.engine.laneway('target', 'discover', self.target.portal)))

    def test_verified_io_reaches_the_lun(self):
        self.login()
        guest, disk = self.guest_on_lun()
        self.assertEqual(guest.disk_bytes(disk), LUN_MIB * MIB)
        for block_size, depth in (('4k', 32), ('256k', 8), ('512', 4)):
            self.assert_verified(guest, disk, block_size=block_size, depth=depth)
        guest.must_run(f'echo through the lane | dd of={disk} bs=512 seek=7 conv=sync oflag=direct')
        self.assertEqual(self.target.bytes_at(1, 7 * 512, 16), 'through the lane')
        guest.power_off()

    def test_discard_and_write_zeroes(self):
        self.login()
        guest, disk = self.guest_on_lun()
        self.assert_verified(guest, disk, 16, pattern='write', block_size='256k')
        full = self.target.used_kib(1)
        guest.must_run(f'chroot /host {BLKDISCARD} -o 0 -l {8 * MIB} {disk}')
        watch.until(lambda: self.target.used_kib(1) <= full - 7 * 1024, 'space given back by the target', 30)
        guest.must_run(f'chroot /host {BLKDISCARD} -z -o {8 * MIB} -l {4 * MIB} {disk}')
        left = guest.must_run(f'dd if={disk} bs=1M count=12 iflag=direct 2>/dev/null | tr -d "\\000" | wc -c')
        self.assertEqual(left.strip(), '0')
        guest.power_off()

    def test_sessions_dropped_under_verified_load(self):
        self.login()
        guest, disk = self.guest_on_lun()
        job = Job(disk, 'randwrite', depth=16, size=f'{self.load_mib}M', verify=True, loops=2)
        guest.begin_fio(job)
        for _ in range(3):
            watch.pause(1)
            self.target.drop_sessions()
        result = guest.finish_fio(job)
        self.assertEqual(result.errors, 0)
        self.assertGreaterEqual(result.read_bytes, self.load_mib * MIB)
        guest.power_off()


class LioSecuredTest(LioTest):
    """The same again where the target asks for CHAP, answers it, and wants digests of headers and data."""
    # The emulated machine computes digests slowly: deep queues of large requests would meet their deadline.
    verified_mib, load_mib = 2, 4
    test_discard_and_write_zeroes = None

    @classmethod
    def start_shared(cls):
        super().start_shared()
        cls.target.require_chap(USER, SECRET, TARGET_USER, TARGET_SECRET)
        cls.target.require_digests()

    def login(self, *words):
        super().login('--chap-user', USER, '--chap-secret-file', self.secret_file('secret', SECRET),
                      '--mutual-user', TARGET_USER,
                      '--mutual-secret-file', self.secret_file('mutual', TARGET_SECRET),
                      '--header-digest', 'crc32c', '--data-digest', 'crc32c', *words)

    def test_a_wrong_secret_is_refused(self):
        with self.assertRaises(Refused) as refused:
            super().login('--chap-user', USER, '--chap-secret-file', self.secret_file('wrong', 'certainly-not-that'))
        self.assertEqual(refused.exception.code, 1)
        self.assertNotIn('certainly-not-that', refused.exception.output)

    def test_a_target_that_does_not_know_its_own_secret_is_refused(self):
        with self.assertRaises(Refused) as refused:
            super().login('--chap-user', USER, '--chap-secret-file', self.secret_file('secret', SECRET),
                          '--mutual-user', TARGET_USER,
                          '--mutual-secret-file', self.secret_file('mutual', 'not-the-targets-own'))
        self.assertEqual(refused.exception.code, 1)
