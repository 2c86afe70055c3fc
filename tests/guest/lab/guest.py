"""What every guest can do, whatever carries it: run a script, find a disk, run fio."""

from . import fio, watch


class Guest:
    """Subclasses set `process` and `agent`. A lab guest has busybox, fio and the stock virtio drivers."""

    process = None
    agent = None
    # Words before fio's own, where fio lives in another root.
    fio_prefix = ''

    def must_run(self, script, seconds=120):
        return self.agent.must_run(script, seconds)

    def run(self, script, seconds=120):
        return self.agent.run(script, seconds)

    def disks(self):
        return self.must_run('ls /sys/block').split()

    def disk_of_serial(self, serial):
        script = 'for d in /sys/block/vd*; do [ -e $d ] && echo "${d##*/} $(cat $d/serial)"; done; true'
        for line in self.must_run(script).splitlines():
            name, _, found = line.partition(' ')
            if found.strip() == serial:
                return f'/dev/{name}'
        return None

    def wait_disk(self, serial, seconds=60):
        return watch.until(lambda: self.disk_of_serial(serial), f'disk {serial} in the guest', seconds, 0.1)

    def wait_no_disk(self, serial, seconds=60):
        watch.until(lambda: self.disk_of_serial(serial) is None, f'disk {serial} gone from the guest', seconds, 0.1)

    def disk_bytes(self, disk):
        return int(self.must_run(f'cat /sys/block/{disk.rsplit("/", 1)[1]}/size')) * 512

    def fio(self, job, seconds=240):
        return fio.parse(self.must_run(f'{self.fio_prefix}{job.command()}', seconds), job)

    def begin_fio(self, job):
        self.agent.begin(f'{self.fio_prefix}{job.command()}')

    def finish_fio(self, job, seconds=240):
        code, output = self.agent.finish(seconds)
        if code != 0:
            raise AssertionError(f'fio in the guest failed with {code}: {output[-2000:]}')
        return fio.parse(output, job)
