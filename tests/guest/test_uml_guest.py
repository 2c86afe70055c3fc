"""A user-mode Linux guest on functions of every kind of back-end that needs no target."""

from lab.case import LabCase
from lab.engine import Engine
from lab.fio import Job
from lab.uml import UmlGuest

MIB = 1 << 20


class UmlGuestTest(LabCase):
    def test_verified_io_on_memory_and_file_functions(self):
        engine = Engine(self.place)
        sockets = [engine.create('memory', '--memory', '64M'),
                   engine.create('file', '--file', self.place.path('disk.img'), '--size', '64M')]
        guest = UmlGuest(self.place, sockets)
        for name in ('memory', 'file'):
            disk = guest.wait_disk(name)
            self.assertEqual(guest.disk_bytes(disk), 64 * MIB)
            for block_size, depth in (('4k', 32), ('64k', 8), ('512', 4)):
                result = guest.fio(Job(disk, 'randwrite', block_size, depth, size='4M', verify=True))
                self.assertEqual(result.written_bytes, 4 * MIB, f'{name} {block_size}')
                self.assertEqual(result.read_bytes, 4 * MIB, f'{name} {block_size}')
        guest.power_off()

    def test_large_sectors(self):
        engine = Engine(self.place)
        guest = UmlGuest(self.place, [engine.create('big', '--memory', '64M', '--block-size', '4096')])
        disk = guest.wait_disk('big')
        size = guest.must_run(f'cat /sys/block/{disk[5:]}/queue/logical_block_size').strip()
        self.assertEqual(size, '4096')
        result = guest.fio(Job(disk, 'randwrite', '4k', 16, size='8M', verify=True))
        self.assertEqual(result.read_bytes, 8 * MIB)

    def test_a_killed_guest_leaves_its_function_ready_for_the_next(self):
        engine = Engine(self.place)
        socket = engine.create('lane', '--memory', '64M')
        first = UmlGuest(self.place, [socket], name='first')
        first.must_run(f'echo kept | dd of={first.wait_disk("lane")} bs=512 count=1 conv=sync oflag=direct')
        first.begin_fio(Job(first.wait_disk('lane'), 'randread', depth=32, seconds=60))
        first.process.kill()
        second = UmlGuest(self.place, [socket], name='second')
        self.assertEqual(second.must_run(f'head -c 4 {second.wait_disk("lane")}'), 'kept')
