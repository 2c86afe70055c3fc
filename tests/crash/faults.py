"""The faults: each begins, lasts, and ends, and says which disks it can touch."""

import signal

from lab import watch

ALL = ('memory', 'file', 'lun')


class _OfOurProcesses:
    disks = ALL

    def __init__(self, rig, _chance):
        self._rig = rig

    def is_possible(self):
        """Not while the keeper is away: both dead at once is another promise (systemd's descriptor store)."""
        return not self._rig.plan.has_keeper or self._rig.engine.process.is_running()


class _OfTheTarget:
    disks = ('lun',)

    def is_possible(self):
        return True


class EngineKilled(_OfOurProcesses):
    """kill -9 at any instant. Its keeper starts the next one; without a keeper this does, after a while."""
    how = 'SIGKILL of laneway-engine'

    def begin(self):
        engine = self._rig.engine
        if not self._rig.plan.has_keeper:
            pid = engine.process.pid
            engine.process.kill()
            return f'engine {pid} killed'
        # Where the keeper is starting one just now, that one dies as soon as it is there.
        pid = watch.until(engine.kill_engine, 'an engine to kill')
        return f'engine {pid} killed'

    def end(self):
        if self._rig.plan.has_keeper:
            return ''
        self._rig.engine.start()
        return f'engine started as {self._rig.engine.process.pid}'


class EngineUpgraded(_OfOurProcesses):
    """Another process takes over in order, from the same program."""
    how = '`laneway engine upgrade` to the same program'

    def begin(self):
        engine = self._rig.engine
        engine.wait_engine()
        done = engine.laneway('engine', 'upgrade', engine.program)
        return f'engine upgraded: {done["former_pid"]} gave way to {done["pid"]}'

    def end(self):
        return ''


class KeeperKilled(_OfOurProcesses):
    """kill -9 of the keeper, while its engine goes on; the next keeper comes after a while."""
    how = 'SIGKILL of laneway-keeper, another within 1 s'
    _held = None

    def begin(self):
        pid = self._rig.engine.process.pid
        self._rig.engine.wait_engine()
        watch.until(self._is_settled, 'a keeper that holds the same for a while')
        self._rig.engine.kill_keeper()
        return f'keeper {pid} killed'

    def end(self):
        self._rig.engine.start()
        self._rig.engine.wait_engine()
        # Until it holds what the former one held, a death of the engine would be that of both.
        watch.until(lambda: self._rig.engine.held() == self._held, f'the new keeper holding all of {self._held}', 20)
        return f'keeper started as {self._rig.engine.process.pid}'

    def _is_settled(self):
        self._held = self._rig.engine.held()
        watch.pause(0.05)
        return self._rig.engine.held() == self._held


class BothKilled:
    """kill -9 of keeper and engine at one instant. systemd starts them again and hands them what it holds."""
    how = 'SIGKILL of laneway-keeper and laneway-engine at once, under systemd'
    disks = ALL

    def __init__(self, rig, chance):
        self._rig = rig
        self._chance = chance

    def is_possible(self):
        return True

    def begin(self):
        engine = self._rig.engine
        engine.wait_engine()
        keeper, engine = engine.kill_both(self._chance.random() < 0.5)
        return f'keeper {keeper} and engine {engine} killed'

    def end(self):
        watch.until(self._rig.engine.process.is_running, 'the service running')
        self._rig.engine.wait_engine()
        return f'both started, keeper {self._rig.engine.process.pid}'


class ServiceRestarted(BothKilled):
    """`systemctl restart`: both end in order."""
    how = '`systemctl restart laneway`'

    def begin(self):
        self._rig.engine.wait_engine()
        self._rig.engine.manager.restart_unit()
        return 'service restarted'


class TargetKilled(_OfTheTarget):
    """kill -9 of tgtd; its LUN's file stays."""
    how = 'SIGKILL of tgtd, started again within 3 s'

    def __init__(self, rig, _chance):
        self._target = rig.target

    def begin(self):
        pid = self._target.process.pid
        self._target.kill()
        return f'tgtd {pid} killed'

    def end(self):
        self._target.start()
        return f'tgtd started as {self._target.process.pid}'


class TargetStopped(_OfTheTarget):
    """The target's process stands still, with its sockets open: SIGSTOP, then SIGCONT."""
    how = 'SIGSTOP of tgtd, SIGCONT within 12 s'

    def __init__(self, rig, _chance):
        self._target = rig.target
        self._pid = 0

    def begin(self):
        # The session's leader alone: what is killed and started meanwhile is another process.
        self._pid = self._target.process.pid
        self._target.process.send(signal.SIGSTOP)
        return f'tgtd {self._pid} stopped'

    def end(self):
        if self._pid == self._target.process.pid and self._target.process.is_running():
            self._target.process.send(signal.SIGCONT)
        return f'tgtd {self._pid} goes on'


class LinkDown(_OfTheTarget):
    how = 'the link to the target is taken down for up to 8 s'

    def __init__(self, rig, _chance):
        self._cable = rig.cable

    def begin(self):
        self._cable.plug(False)
        return 'link down'

    def end(self):
        self._cable.plug(True)
        return 'link up'


class _Packets(_OfTheTarget):
    """A rule for the target's packets while it lasts."""
    name = ''

    def __init__(self, rig, chance):
        self._cable = rig.cable
        self._chance = chance

    def verdict(self):
        raise NotImplementedError

    def begin(self):
        words = self.verdict()
        self._cable.begin(self.name, words)
        return f'{self.name}: {" ".join(words)}'

    def end(self):
        self._cable.end(self.name)
        return f'{self.name} over'


class Loss(_Packets):
    name = 'loss'
    how = 'nft drops 1 to 30 % of the packets both ways, 1 to 8 s'

    def verdict(self):
        return ('numgen', 'random', 'mod', '100', '<', str(self._chance.randint(1, 30)), 'drop')


class Silence(_Packets):
    name = 'silence'
    how = 'nft drops every packet for up to 14 s'

    def verdict(self):
        return ('drop',)


class Reset(_Packets):
    """Both ends get a TCP reset for whatever they send."""
    name = 'reset'
    how = 'nft answers every packet with a TCP reset for up to 2 s'

    def verdict(self):
        return ('reject', 'with', 'tcp', 'reset')


KINDS = {'engine-kill': EngineKilled, 'engine-upgrade': EngineUpgraded, 'keeper-kill': KeeperKilled,
         'target-kill': TargetKilled, 'target-stop': TargetStopped, 'link-down': LinkDown, 'loss': Loss,
         'silence': Silence, 'reset': Reset}
# Only of a rig whose plan has a service manager.
SERVICE_KINDS = {'both-kill': BothKilled, 'service-restart': ServiceRestarted}
