"""The engine on Debian 12's own kernel: it runs inside an emulated machine, and serves a guest inside that."""

from lab import uml
from lab.case import SharedLabCase
from lab.engine import BIN
from lab.qemu import QemuGuest
from lab.workplace import ROOT

# Unit tests that talk to the kernel itself: io_uring, sockets, files.
# The guest has no tgtd, and file systems in memory only, which take every size.
NOT_THERE = '-ProbeTest.*:TgtdRecovery.*:Iscsi/*:FileDiskTest.RemovesWhatItMadeWhenTheSizeIsTooLarge'
UNIT_TESTS = ('reactor_test', 'frontend_test', 'backend_test', 'guest_test')
_START_ENGINE = '''mkdir -p /state /run-lane /scratch
laneway-engine --state-dir /state --run-dir /run-lane >/engine.log 2>&1 &
for i in $(seq 300); do
  laneway-enginectl --socket /run-lane/engine.sock engine status >/dev/null 2>&1 && exit 0
  sleep 0.2
done
cat /engine.log; exit 1
'''
_START_INNER_GUEST = '''TMPDIR=/dev/shm linux.uml mem=256M initrd=/inner.cpio con=null con0=null,fd:1 quiet \\
  uml_dir=/tmp virtio_uml.device=/run-lane/vf/memory.sock:2 virtio_uml.device=/run-lane/vf/file.sock:2 2>&1 | cat
'''


# What the guest inside does: random bytes to each disk, read back past its cache and compared. No fio: its start alone
# takes minutes in a guest within an emulated guest.
_INNER_SCRIPT = '''set -e
for disk in /dev/vda /dev/vdb; do
  dd if=/dev/urandom of=/tmp/pattern bs=64k count=16 2>/dev/null
  dd if=/tmp/pattern of=$disk bs=4k oflag=direct 2>/dev/null
  dd if=$disk bs=4k count=256 iflag=direct 2>/dev/null | cmp - /tmp/pattern
  echo "inner: $disk is verified"
done
poweroff -f
'''


class Debian12KernelTest(SharedLabCase):
    @classmethod
    def start_shared(cls):
        # The guest inside is user-mode Linux; its kernel and first file system come from this machine.
        inner = uml.initrd('inner', _INNER_SCRIPT)
        dev = ROOT / 'build' / 'dev' / 'bin'
        cls.unit_tests = [name for name in UNIT_TESTS if (dev / name).exists()]
        programs = [BIN / 'laneway-engine', BIN / 'laneway-enginectl', uml.program(),
                    *(dev / name for name in cls.unit_tests)]
        cls.guest = QemuGuest(cls.place, [], name='debian12', image='debian12', suite='bookworm', memory_mib=2560,
                              programs=programs, files=[('inner.cpio', inner.read_bytes())])

    def test_the_kernel_is_debian_12s(self):
        self.assertRegex(self.guest.must_run('uname -r'), r'^6\.1\.0-\d+')

    def test_the_engine_serves_a_guest_with_verified_io(self):
        self.guest.must_run(_START_ENGINE)
        cli = 'laneway-enginectl --socket /run-lane/engine.sock'
        self.guest.must_run(f'{cli} vf create memory --memory 32M --serial memory')
        self.guest.must_run(f'{cli} vf create file --file /scratch/disk.img --size 32M --serial file')
        code, output = self.guest.run(_START_INNER_GUEST, 280)
        for disk in ('/dev/vda', '/dev/vdb'):
            self.assertIn(f'inner: {disk} is verified', output, f'exit code {code}')

    def test_unit_tests_that_touch_the_kernel_pass(self):
        self.assertTrue(self.unit_tests, 'build the unit tests first: tools/build.sh dev')
        for name in self.unit_tests:
            with self.subTest(name):
                code, output = self.guest.run(f"cd /tmp && {name} --gtest_brief=1 --gtest_filter='{NOT_THERE}'", 280)
                self.assertEqual(code, 0, output[-3000:])
                self.assertIn('PASSED', output)
