"""libblkio of Debian 13 as front-end: through qemu-io and qemu-img, and called directly with several queues."""

import os
import random

from lab.case import LabCase
from lab.engine import Engine
from lab.libblkio import FUA, UNMAP_NOT_WANTED, Disk
from lab.newer_debian import Tree
from lab.process import must_run

MIB = 1 << 20


class LibblkioTest(LabCase):
    suite = 'trixie'

    def setUp(self):
        super().setUp()
        self.tree = Tree(self.suite)
        self.engine = Engine(self.place)

    def run_qemu_tool(self, program, *words):
        return must_run([*self.tree.command(program), *words], env=dict(os.environ, **self.tree.environment()))

    def qemu_io(self, socket, *commands):
        image = f'driver=virtio-blk-vhost-user,path={socket},cache.direct=on'
        words = [word for command in commands for word in ('-c', command)]
        output = self.run_qemu_tool('qemu-io', '--image-opts', image, *words)
        self.assertNotRegex(output, r'(?i)verification failed|error|fail|invalid')
        return output

    def open_disk(self, socket, **options):
        disk = Disk(self.tree.library('libblkio.so.1'), socket, **options)
        self.addCleanup(disk.close)
        return disk

    def file_function(self, name='lane', *words):
        path = self.place.path(f'{name}.img')
        return path, self.engine.create(name, '--file', path, '--size', '64M', *words)

    def test_qemu_io_reads_what_it_wrote(self):
        path, socket = self.file_function()
        self.qemu_io(socket, 'write -P 0x5a 0 1M', 'write -P 0xa5 1M 64k', 'flush', 'read -P 0x5a 0 1M',
                     'read -P 0xa5 1M 64k', 'read -P 0 32M 1M')
        self.assertEqual(path.read_bytes()[:MIB + 65536], b'\x5a' * MIB + b'\xa5' * 65536)
        self.qemu_io(socket, 'read -P 0x5a 0 1M', 'read -P 0xa5 1M 64k')  # a second connection

    def test_qemu_io_clears_and_discards(self):
        path, socket = self.file_function()
        self.qemu_io(socket, 'write -P 0x11 0 16M', 'flush')
        full = os.stat(path).st_blocks
        self.qemu_io(socket, 'write -z 1M 1M', 'write -z -u 2M 1M', 'discard 4M 12M', 'flush', 'read -P 0x11 0 1M',
                     'read -P 0 1M 2M', 'read -P 0x11 3M 1M', 'read -P 0 4M 12M')
        self.assertLess(os.stat(path).st_blocks, full // 2)

    def test_qemu_io_writes_through_with_fua(self):
        path, socket = self.file_function()
        self.qemu_io(socket, 'write -f -P 0x77 8M 4k', 'read -P 0x77 8M 4k')
        with open(path, 'rb') as file:
            file.seek(8 * MIB)
            self.assertEqual(file.read(4096), b'\x77' * 4096)

    def test_qemu_img_compares_and_converts(self):
        source = self.place.path('source.img')
        source.write_bytes(random.Random(7).randbytes(24 * MIB) + bytes(40 * MIB))
        _, socket = self.file_function()
        function = f'driver=virtio-blk-vhost-user,path={socket},cache.direct=on'
        self.run_qemu_tool('qemu-img', 'convert', '-n', '--image-opts', '--target-image-opts',
                           f'driver=raw,file.driver=file,file.filename={source}', function)
        self.run_qemu_tool('qemu-img', 'compare', '--image-opts',
                           f'driver=raw,file.driver=file,file.filename={source}', function)

    def test_qemu_img_bench_reads_and_writes_deep(self):
        socket = self.engine.create('lane', '--memory', '64M')
        for words in ((), ('-w', '--flush-interval=256', '--no-drain')):
            output = self.run_qemu_tool('qemu-img', 'bench', '-c', '20000', '-d', '64', '-s', '4096', '-n', *words,
                                        '--image-opts', f'driver=virtio-blk-vhost-user,path={socket},cache.direct=on')
            self.assertRegex(output, r'Run completed in [\d.]+ seconds')

    def test_every_queue_carries_verified_requests_at_once(self):
        queues, each = 8, 32
        path, socket = self.file_function('lane', '--queues', str(queues))
        disk = self.open_disk(socket, queues=queues, buffer_bytes=queues * each * 4096)
        self.assertEqual(disk.number('max-queues'), queues)
        self.assertEqual(disk.capacity_bytes(), 64 * MIB)
        pattern = random.Random(11).randbytes(queues * each * 4096)
        for turn in range(4):
            disk.put(0, pattern)
            self.begin_all(disk.begin_write, queues, each, turn)
            self.finish_all(disk, queues)
            disk.put(0, bytes(len(pattern)))
            self.begin_all(disk.begin_read, queues, each, turn)
            self.finish_all(disk, queues)
            self.assertEqual(disk.bytes_at(0, len(pattern)), pattern)
        disk.begin_flush(queue=queues - 1)
        self.assertEqual(disk.finish(queues - 1), [0])
        self.assertEqual(path.read_bytes()[:len(pattern)], pattern)

    @staticmethod
    def begin_all(begin, queues, each, turn):
        """4 KiB requests, spread over the queues in another way at each turn."""
        for number in range(queues * each):
            begin(number * 4096, 4096, at=number * 4096, queue=(number + turn) % queues)

    def finish_all(self, disk, queues):
        for queue in range(queues):
            self.assertEqual(set(disk.finish(queue)), {0})

    def test_flags_of_writes_and_zeroes(self):
        _, socket = self.file_function()
        disk = self.open_disk(socket)
        disk.put(0, b'\x33' * MIB)
        disk.begin_write(0, MIB, flags=FUA)
        self.assertEqual(disk.finish(), [0])
        for flags in (0, UNMAP_NOT_WANTED, FUA, FUA | UNMAP_NOT_WANTED):
            disk.begin_write(0, 65536)
            self.assertEqual(disk.finish(), [0])
            disk.begin_write_zeroes(4096, 8192, flags=flags)
            self.assertEqual(disk.finish(), [0], f'flags {flags}')
            disk.begin_read(0, 65536, at=65536)
            self.assertEqual(disk.finish(), [0])
            self.assertEqual(disk.bytes_at(65536, 65536), b'\x33' * 4096 + bytes(8192) + b'\x33' * (65536 - 12288))

    def test_memory_comes_and_goes_while_the_disk_is_used(self):
        _, socket = self.file_function()
        disk = self.open_disk(socket)
        disk.put(0, b'\x44' * 65536)
        disk.begin_write(0, 65536)
        self.assertEqual(disk.finish(), [0])
        for _ in range(20):
            regions = [disk.map_memory(65536) for _ in range(8)]
            for region in regions:
                disk.begin_read(0, 65536, region=region)
            self.assertEqual(set(disk.finish()), {0})
            for region in regions:
                self.assertEqual(disk.bytes_at(0, 65536, region), b'\x44' * 65536)
                disk.unmap_memory(region)

    def test_requests_beyond_the_end_fail_and_harm_nothing(self):
        _, socket = self.file_function()
        disk = self.open_disk(socket)
        disk.begin_read(64 * MIB, 4096)
        disk.begin_read(64 * MIB - 4096, 8192)
        disk.begin_discard(64 * MIB - 4096, MIB)
        results = disk.finish()
        self.assertEqual(len(results), 3)
        self.assertTrue(all(result < 0 for result in results), results)
        disk.begin_read(0, 4096)
        self.assertEqual(disk.finish(), [0])
