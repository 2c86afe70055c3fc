"""Sets a case up: starts its servers, targets and guests in a workplace and makes the lanes to measure."""

import subprocess

import lanes
import many
import servers
from place import Tgtd, watch

MIB = 1024 ** 2
FILL = ('--reads', '0', '--overwrite', '--pattern', 'sequential', '--block-size', '256K', '--depth', '8')
IDLE_FUNCTIONS = 256
NEIGHBOUR_DEPTH = 256
LUNS = 3


class CannotRun(Exception):
    """A case that this machine lacks something for; the text says what."""


class Stage:
    """What one case needs. `versions` and `commands` are for the report."""

    def __init__(self, plan, place, case, make_servers):
        self.plan = plan
        self.place = place
        self.case = case
        self.make_servers = make_servers  # (plan, place, cpu) -> servers, not started
        self.versions = {}
        self.commands = []
        self.target = None    # of fast and tgtd
        self.luns = []

    def lanes(self):
        makers = {'load': self._load_lanes, 'sweep': self._load_lanes, 'guest': self._guest_lanes,
                  'qemu-img': self._qemu_img_lanes, 'idle': self._idle_lanes, 'memory': self._load_lanes,
                  'queues': self._queue_lanes, 'kernel': self._kernel_lanes,
                  'target': self._target_lanes, 'many': self._many_lanes, 'neighbour': self._neighbour_lanes}
        made = makers[self.case.kind]()
        if self.case.limit:
            made.append(lanes.ProbeLane(self.plan, self.case))
        return made

    # Servers

    def _servers(self, cpu):
        return self.make_servers(self.plan, self.place, cpu)

    def _note(self, server):
        self.versions[server.name] = server.version()
        self.commands += server.commands

    def _start_target(self, cpu):
        if self.case.disk == 'fast':
            fast = servers.FastTarget(self.place, cpu, self.plan.binaries, self.case.size_bytes, LUNS)
            self.commands.append(fast.command)
            self.target = fast.process
            self.luns = [fast.lun(number) for number in range(LUNS)]
        elif self.case.disk == 'tgtd':
            tgtd = Tgtd(self.place)
            if cpu is not None:
                subprocess.run(['taskset', '-a', '-p', '-c', str(cpu), str(tgtd.process.pid)], check=True,
                               stdout=subprocess.DEVNULL)
            numbers = [tgtd.add_lun(self.case.size_bytes) for _ in range(LUNS)]
            self.target = tgtd.process
            self.luns = [servers.Lun(tgtd.portal, tgtd.IQN, number) for number in numbers]

    # Lanes by kind of case

    def _load_lanes(self):
        plan, case = self.plan, self.case
        self._start_target(plan.target_cpu)
        kind = {'load': lanes.BenchLane, 'sweep': lanes.SweepLane, 'memory': lanes.MemoryLane}[case.kind]
        made = []
        for number, server in enumerate(self._servers(plan.server_cpu)):
            lun = self.luns[number % LUNS] if self.luns else None
            socket = server.serve(case.disk, case.size_bytes, lun)
            self._note(server)
            if case.disk != 'null' and case.kind != 'memory':
                self._fill(socket, server)
            made.append(kind(server.name, plan, socket, case.load, server.process, self.target))
        return made

    def _fill(self, socket, server):
        """Writes the whole disk once, so that reads find data and memory is there."""
        seconds = max(0.5, self.case.size_bytes / (512 * MIB))
        lanes.BenchLane(server.name, self.plan, socket, FILL, server.process).measure(seconds, 0)

    def _queue_lanes(self):
        """One disk of four queues on one reactor, and on two."""
        plan, case = self.plan, self.case
        made = []
        for count in (1, 2):
            cpus = [plan.server_cpu, plan.client_cpu][:count]
            server = servers.Laneway(self.place, None, plan.binaries, f'engine{count}', count, cpus)
            socket = server.serve(case.disk, case.size_bytes)
            self._note(server)
            self._fill(socket, server)
            made.append(lanes.BenchLane(f'laneway, {count} reactor{"s" if count > 1 else ""}', plan, socket, case.load,
                                        server.process))
        return made

    def _many_lanes(self):
        def make_server(key):
            server = servers.Laneway(self.place, self.plan.server_cpu, self.plan.binaries, key)
            self.versions[server.name] = server.version()
            return server
        return [many.ManyLane(self.plan, self.place, self.case, count, make_server) for count in many.COUNTS]

    def _neighbour_lanes(self):
        """Two functions on one reactor: the first is what is measured."""
        plan, case = self.plan, self.case
        server = servers.Laneway(self.place, plan.server_cpu, plan.binaries)
        calm = server.serve(case.disk, case.size_bytes)
        deep = server.add('deep', ['--memory', case.size_bytes])
        self._note(server)
        for socket in (calm, deep):
            self._fill(socket, server)
        at = case.load.index('--depth') + 1
        load = [*case.load[:at], str(NEIGHBOUR_DEPTH), *case.load[at + 1:]]
        return [many.NeighbourLane('alone', plan, calm, case.load, server.process),
                many.NeighbourLane('beside a neighbour', plan, calm, case.load, server.process, (deep, load))]

    def _target_lanes(self):
        self._start_target(self.plan.target_cpu)
        return [lanes.TargetLane(self.plan, self.target, self.luns[0].portal, self.case.depth)]

    def _idle_lanes(self):
        made = []
        for server in self._servers(self.plan.server_cpu):
            if isinstance(server, servers.Laneway):
                server.start()
                sockets = [server.add(f'idle{number}', ['--null', self.case.size_bytes])
                           for number in range(IDLE_FUNCTIONS)]
            else:
                sockets = server.export([f'driver=null-co,size={self.case.size_bytes},read-zeroes=off']
                                        * IDLE_FUNCTIONS)
            self.versions[server.name] = server.version()
            self.commands.append(f'{server.commands[0][:200]} ... {IDLE_FUNCTIONS} disks')
            made.append(lanes.IdleLane(server.name, self.plan, sockets, server.process))
        return made

    def _qemu_img_lanes(self):
        program = qemu_img_with_libblkio()
        if program is None:
            raise CannotRun('no qemu-img with libblkio in .cache (Debian 13: qemu-utils, qemu-block-extra)')
        made = []
        for server in self._servers(self.plan.server_cpu):
            socket = server.serve(self.case.disk, self.case.size_bytes)
            self._note(server)
            self._fill(socket, server)
            made.append(lanes.QemuImgLane(server.name, self.plan, program, socket, server.process))
        self.versions['client: qemu-img'] = servers.first_line([*program, '--version'])
        return made

    def _kernel_lanes(self):
        """The kernel's own initiator and target in one guest."""
        import kernel_initiator  # pylint: disable=import-outside-toplevel
        from lab import fio  # pylint: disable=import-outside-toplevel
        if not kernel_initiator.is_here():
            raise CannotRun('no open-iscsi in .cache: bench/run.py --fetch-peers')
        guest = kernel_initiator.KernelInitiator(self.place)
        self.versions['guest'] = 'Linux ' + guest.must_run('uname -r').strip() + ' (user-mode)'
        self.commands.append('iscsistart in user-mode Linux, to the target of the same kernel')
        return [lanes.FioLane('iscsi_tcp and LIO', guest, self._job(fio, kernel_initiator.DISK))]

    def _guest_lanes(self):
        """One guest with a disk of every server, and our null disk: what the guest itself can do."""
        from lab import fio, uml  # pylint: disable=import-outside-toplevel
        self._start_target(None)
        found = []
        for number, server in enumerate(self._servers(None)):
            socket = server.serve(self.case.disk, self.case.size_bytes, self.luns[number])
            self._note(server)
            found.append((server.name, server, socket))
            if isinstance(server, servers.Laneway):
                found.append(('laneway, null disk', server, server.add('null', ['--null', 1024 * MIB])))
        guest = uml.UmlGuest(self.place, [socket for _, _, socket in found])
        disks = [f'/dev/vd{"abcdefgh"[number]}' for number in range(len(found))]
        watch.until(lambda: {disk.removeprefix('/dev/') for disk in disks} <= set(guest.disks()), 'the guest\'s disks')
        self.versions['guest'] = 'Linux ' + guest.must_run('uname -r').strip() + ' (user-mode)'
        made = []
        for (name, server, _), disk in zip(found, disks):
            others = () if 'null' in name else (self.target,)
            made.append(lanes.FioLane(name, guest, self._job(fio, disk), server.process, others))
        return made

    def _job(self, fio, disk):
        depth = self.case.depth
        size = f'{self.case.size_bytes // MIB}M'
        return lambda seconds, warm_up: fio.Job(disk, depth=depth, seconds=milliseconds(seconds),
                                                ramp_seconds=milliseconds(warm_up), size=size,
                                                batch=16 if depth >= 16 else 1)


def peers(wanted):
    """Makes the servers of those names that can be had, in that order."""
    def make(plan, place, cpu):
        made = []
        for name in wanted:
            if name == 'laneway':
                made.append(servers.Laneway(place, cpu, plan.binaries))
            elif name == 'qsd' and servers.has_distribution_daemon():
                made.append(servers.StorageDaemon(place, cpu))
            elif name == 'qsd-sid' and servers.sid_storage_daemon():
                made.append(servers.StorageDaemon(place, cpu, servers.sid_storage_daemon(),
                                                  'qemu-storage-daemon (sid)', 'qsd-sid'))
        return made
    return make


def milliseconds(seconds):
    return f'{seconds * 1000:.0f}ms'


def qemu_img_with_libblkio():
    """qemu-img of an unpacked Debian 13 with the driver that speaks vhost-user, or nothing."""
    for tree in servers.unpacked('trixie') + servers.unpacked('sid'):
        found = servers.program_of(tree, 'qemu-img')
        if found and (tree / 'usr/lib/x86_64-linux-gnu/qemu/block-blkio.so').exists():
            return found
    return None
