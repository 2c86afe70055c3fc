"""Images copied into volumes: whole or not at all, and nothing of the host comes in with them."""

import os
import shutil
import unittest

from daemon import Daemon
from lab import watch
from lab.engine import Engine
from lab.process import must_run
from lab.workplace import Workplace

MIB = 1 << 20


class ImagesTest(unittest.TestCase):
    def setUp(self):
        self.workplace = self.enterContext(Workplace('images'))
        self.images = self.workplace.path('lanewayd-state-images')
        self.engine = Engine(self.workplace)
        self.daemon = Daemon(self.workplace, self.engine)

    def make_image(self, name, size=4 * MIB):
        raw = self.workplace.path('image.raw')
        data = os.urandom(64 << 10) + bytes(size - (64 << 10))
        raw.write_bytes(data)
        self.images.mkdir(exist_ok=True)
        must_run(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, self.images / name])
        return data

    def make_volume(self, name, size=8 * MIB):
        path = self.workplace.path(f'{name}.disk')
        self.daemon.make('volumes', name, {'kind': 'file', 'path': str(path), 'size_bytes': size})
        return path

    def with_slow_copies(self):
        """A PATH whose qemu-img gets to 40 % of a copy and stays there."""
        folder = self.workplace.path('bin')
        folder.mkdir()
        slow = folder / 'qemu-img'
        slow.write_text(f'#!/bin/sh\n[ "$1" = info ] && exec {shutil.which("qemu-img")} "$@"\n'
                        f'echo $$ >{self.workplace.path("copier.pid")}\n'
                        'printf "    (40.00/100%%)\\r"\nexec sleep 1000\n')
        slow.chmod(0o755)
        return dict(os.environ, PATH=f'{folder}:{os.environ["PATH"]}')

    def begin(self, volume, image, wait=60):
        return self.daemon.ask('POST', f'/volumes/{volume}/import?wait={wait}', {'image': image})

    def test_an_image_becomes_the_content_of_a_volume(self):
        self.assertEqual(self.daemon.ask('GET', '/images').status, 500)
        data = self.make_image('debian.qcow2')
        self.assertEqual([image['name'] for image in self.daemon.get('/images')['items']], ['debian.qcow2'])
        path = self.make_volume('root')
        got = self.begin('root', 'debian.qcow2')
        self.assertEqual(got.status, 200, got.body)
        content = path.read_bytes()
        self.assertEqual(len(content), 8 * MIB)
        self.assertEqual(content[:len(data)], data)
        function = self.daemon.make('functions', 'f', {'volume': 'root'})
        self.assertEqual(function['status']['capacity_bytes'], 8 * MIB)
        got = self.begin('root', 'debian.qcow2')
        self.assertEqual(got.status, 409)
        self.assertIn("used by function 'f'", got.body['detail'])

    def test_what_is_no_whole_image_is_refused(self):
        self.make_image('base.qcow2')
        path = self.make_volume('root')
        self.make_volume('small', MIB)
        must_run(['qemu-img', 'create', '-f', 'qcow2', '-F', 'qcow2', '-b', self.images / 'base.qcow2',
                  self.images / 'part.qcow2'])
        must_run(['qemu-img', 'create', '-f', 'vmdk', self.images / 'other.vmdk', '1M'])
        for image, words in (('part.qcow2', 'needs other files'), ('other.vmdk', "of the kind 'vmdk'"),
                             ('none', 'No such file')):
            got = self.begin('root', image)
            self.assertEqual(got.status, 409, got.body)
            self.assertIn(words, got.body['detail'])
        self.assertIn('make the volume larger', self.begin('small', 'base.qcow2').body['detail'])
        self.assertEqual(self.begin('root', '../secret').status, 400)
        self.assertFalse(path.exists())

    def test_a_copy_that_is_taken_back_leaves_the_volume_as_it_was(self):
        self.make_image('slow')
        path = self.make_volume('root')
        path.write_bytes(b'as it was')
        self.daemon.stop()
        self.daemon.environment = self.with_slow_copies()
        self.daemon.start()
        got = self.begin('root', 'slow', 0)
        self.assertEqual(got.status, 202, got.body)
        task = got.headers['location'].removeprefix('/api/v1')
        watch.until(lambda: self.daemon.get(task)['progress'] == 38, 'its progress')
        self.assertEqual(self.daemon.ask('POST', f'{task}/cancel').status, 200)
        watch.until(lambda: self.daemon.get(task)['state'] == 'cancelled', 'the task cancelled')
        self.assertEqual(path.read_bytes(), b'as it was')
        self.assertEqual(list(self.workplace.folder.glob('*.import')), [])
        copier = int(self.workplace.path('copier.pid').read_text())
        self.assertFalse(os.path.exists(f'/proc/{copier}'))
