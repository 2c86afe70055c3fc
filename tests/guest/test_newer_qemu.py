"""The tests of the QEMU guest again, carried by the QEMU of Debian 13 and that of sid."""

import test_qemu_guest


class Qemu10GuestTest(test_qemu_guest.QemuGuestTest):
    """Debian 13: QEMU 10."""
    suite = 'trixie'
    major = 10

    def test_it_is_that_qemu(self):
        self.assertEqual(self.guest.qmp.command('query-version')['qemu']['major'], self.major)


class Qemu11GuestTest(Qemu10GuestTest):
    """sid: QEMU 11."""
    suite = 'sid'
    major = 11


class Qemu10LifeTest(test_qemu_guest.QemuLifeTest):
    suite = 'trixie'


class Qemu11LifeTest(test_qemu_guest.QemuLifeTest):
    suite = 'sid'
