"""Functions on LUNs of Debian's tgtd: CHAP, digests, and a target that dies under load."""

import os

from lab import watch
from lab.case import LabCase
from lab.engine import Engine, Refused
from lab.fio import Job
from lab.target import Target
from lab.uml import UmlGuest

MIB = 1 << 20
USER, SECRET = 'lane-user', 'twelve-or-more-bytes'


class TargetTest(LabCase):
    def setUp(self):
        super().setUp()
        self.array = Target(self.place)
        self.lun = self.array.add_lun(256 * MIB)
        self.engine = Engine(self.place)

    def secret_file(self, text):
        path = self.place.path('secret')
        path.write_text(text + '\n', encoding='utf-8')
        os.chmod(path, 0o600)
        return path

    def login(self, *words):
        return self.engine.laneway('target', 'login', self.array.IQN, '--portal', self.array.portal, '--name', 'array',
                                   *words)

    def guest_on_lun(self):
        socket = self.engine.create('lane', '--target', 'array', '--lun', self.lun)
        guest = UmlGuest(self.place, [socket])
        return guest, guest.wait_disk('lane')

    def assert_verified(self, guest, disk, **changes):
        result = guest.fio(Job(disk, **{'pattern': 'randwrite', 'depth': 32, 'size': '16M', 'verify': True, **changes}))
        self.assertEqual(result.errors, 0)
        self.assertEqual(result.read_bytes, 16 * MIB)

    def test_discovery_names_the_target(self):
        found = self.engine.laneway('target', 'discover', self.array.portal)
        self.assertIn(self.array.IQN, str(found))

    def test_verified_io_reaches_the_file_of_the_lun(self):
        self.login()
        guest, disk = self.guest_on_lun()
        self.assertEqual(guest.disk_bytes(disk), 256 * MIB)
        self.assert_verified(guest, disk, block_size='4k')
        self.assert_verified(guest, disk, block_size='256k', depth=8)
        self.assert_verified(guest, disk, block_size='512', depth=4, size='16M')
        guest.must_run(f'echo through the lane | dd of={disk} bs=512 seek=7 conv=sync oflag=direct')
        with open(self.array.lun_file(self.lun), 'rb') as file:
            file.seek(7 * 512)
            self.assertEqual(file.read(16), b'through the lane')

    def test_chap_with_the_right_secret(self):
        self.array.require_chap(USER, SECRET)
        self.login('--chap-user', USER, '--chap-secret-file', self.secret_file(SECRET))
        guest, disk = self.guest_on_lun()
        self.assert_verified(guest, disk)
        self.assertNotIn(SECRET, self.engine.process.log())

    def test_chap_with_a_wrong_secret_is_refused_in_one_sentence(self):
        self.array.require_chap(USER, SECRET)
        with self.assertRaises(Refused) as refused:
            self.login('--chap-user', USER, '--chap-secret-file', self.secret_file('not-the-secret-at-all'))
        self.assertEqual(refused.exception.code, 1)
        self.assertNotIn('not-the-secret-at-all', refused.exception.output)
        self.assertNotIn('array', str(self.engine.laneway('target', 'list')))

    def test_header_and_data_digests(self):
        self.array.require_digests()
        self.login('--header-digest', 'crc32c', '--data-digest', 'crc32c')
        guest, disk = self.guest_on_lun()
        self.assert_verified(guest, disk)

    def test_a_target_killed_and_restarted_under_verified_load(self):
        self.login()
        guest, disk = self.guest_on_lun()
        job = Job(disk, 'randwrite', depth=16, size='64M', verify=True, loops=2)
        guest.begin_fio(job)
        for _ in range(2):
            watch.pause(2)
            self.array.kill()
            watch.pause(1)
            self.array.start()
        result = guest.finish_fio(job)
        self.assertEqual(result.errors, 0)
        self.assertGreaterEqual(result.read_bytes, 64 * MIB)

    def test_a_function_goes_on_after_the_engine_restarts(self):
        self.login()
        self.engine.create('lane', '--target', 'array', '--lun', self.lun)
        self.engine.stop()
        self.engine.start()
        guest = UmlGuest(self.place, [self.engine.function_socket('lane')])
        self.assert_verified(guest, guest.wait_disk('lane'))
