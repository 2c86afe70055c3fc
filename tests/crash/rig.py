"""Everything that a campaign breaks: network, target, engine, functions, a guest with verified loads on them."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.engine import BIN, Engine
from lab.keeper import KeptEngine
from lab.qemu import QemuGuest
from lab.systemd import ServedEngine
from lab.target import Target
from lab.uml import UmlGuest

from bench_loads import BenchLoads
from gate import Gate
from loads import MIB, Loads
from network import FAR, FAR_2, Cable

DISK_BYTES = 64 * MIB
QUEUES = 2
LOAD_PROGRAM = BIN / 'laneway-guest-load'


@dataclass(frozen=True)
class Plan:
    """What a rig is made of."""
    seed: int = 1
    guest: str = 'uml'
    disks: tuple = ('file', 'lun')
    loads: tuple = ('small', 'large', 'fio')
    engine_options: tuple = ()
    has_keeper: bool = True
    is_service: bool = False  # a real systemd starts the keeper
    plant: str = ''           # a bug that the engine is to have (plant.py); 'none' has just the gate
    paths: int = 1            # to the LUN; faults of packets harm the first of two
    target_stalls: bool = False  # some writes reach the LUN's file late
    answer_seconds: int = 300      # a request without an answer for so long is lost
    progress_seconds: float = 120  # how long a load may take to get on after a storm


class Rig:
    def __init__(self, workplace, plan):
        self.plan = plan
        self.gate = None
        self._workplace = workplace
        self.cable = self.target = None
        if 'lun' in plan.disks:
            self._start_target()
        self.engine = self._start_engine()
        sockets = [self._create(disk) for disk in plan.disks]
        if plan.guest == 'bench':
            self.disks = dict.fromkeys(plan.disks)
            self.loads = BenchLoads(workplace, self.engine, plan.disks, plan.seed)
            return
        self.guest = self._start_guest(sockets)
        self.disks = {disk: self.guest.wait_disk(disk) for disk in plan.disks}
        self.loads = Loads(self.guest, self.disks, plan)

    def _start_engine(self):
        names = {}
        if self.plan.plant:
            self.gate = Gate(self._workplace.path('gate'))
            names = {'program': 'laneway-engine-planted',
                     'environment': dict(os.environ, LANEWAY_PLANT=self.plan.plant, LANEWAY_PLANT_GATE=self.gate.path)}
        if self.plan.is_service:
            return ServedEngine(self._workplace, *self.plan.engine_options)
        kind = KeptEngine if self.plan.has_keeper else Engine
        return kind(self._workplace, *self.plan.engine_options, **names)

    def _start_target(self):
        self.cable = Cable(self._workplace)
        # Its write cache is off: tgtd greets every session with a reset, and a cache that may have been lost with it
        # fails a flush by design. The LUN's file is in memory, where tgtd's sync after each write costs little.
        self.target = Target(self._workplace, address=FAR, prefix=self.cable.far(), write_cache=False,
                             preload=BIN / 'laneway-stalling-disk.so' if self.plan.target_stalls else None)
        self.target.add_lun(DISK_BYTES, self._memory_folder() / 'lun.img')

    def _memory_folder(self):
        place = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        folder = tempfile.TemporaryDirectory(prefix='laneway-crash-', dir=place)
        self._workplace.at_end(folder.cleanup)
        return Path(folder.name)

    def _create(self, disk):
        if disk == 'memory':
            words = ['--memory', DISK_BYTES]
        elif disk == 'file':
            words = ['--file', self._workplace.path('file.img'), '--size', DISK_BYTES]
        else:
            self.engine.laneway('target', 'login', self.target.IQN, '--portal', self.target.portal, '--name', 'array')
            words = self._paths()
        return self.engine.create(disk, *words, '--queues', QUEUES)

    def _paths(self):
        if self.plan.paths == 1:
            return ['--target', 'array', '--lun', 1]
        # Back on the first one before the next fault.
        return ['--path', 'array/1', '--path', f'array/1@{self.target.add_portal(FAR_2)}', '--failback', 1]

    def _start_guest(self, sockets):
        if self.plan.guest == 'uml':
            return UmlGuest(self._workplace, sockets, image='uml-crash', programs=[LOAD_PROGRAM])
        return QemuGuest(self._workplace, sockets, image='qemu-crash', programs=[LOAD_PROGRAM], queues=QUEUES)
