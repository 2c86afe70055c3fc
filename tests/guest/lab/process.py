"""A program that the lab started: its log, its CPU time, its end."""

import ctypes
import os
import signal
import subprocess

from . import watch

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_TICKS = os.sysconf('SC_CLK_TCK')


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """Started at once; in a session of its own, so that Ctrl-C reaches only the lab, which then stops it in order."""

    def __init__(self, name, command, log_path, **options):
        self.name = name
        self.log_path = log_path
        stdin = options.pop('stdin', subprocess.DEVNULL)
        with open(log_path, 'ab') as log:
            self._child = subprocess.Popen([str(part) for part in command], stdin=stdin, stdout=log, stderr=log,
                                           start_new_session=True, preexec_fn=_die_with_parent, **options)

    @property
    def pid(self):
        return self._child.pid

    def is_running(self):
        return self._child.poll() is None

    def exit_code(self):
        return self._child.poll()

    def cpu_seconds(self):
        """User and system time of all its threads, living and gone."""
        with open(f'/proc/{self.pid}/stat', encoding='ascii', errors='replace') as stat:
            fields = stat.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self):
        with open(f'/proc/{self.pid}/statm', encoding='ascii') as statm:
            return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

    def own_pss_bytes(self):
        """Proportional share of all resident memory, but for memory of guests that is mapped here."""
        total = 0
        is_guest = False
        with open(f'/proc/{self.pid}/smaps', encoding='ascii', errors='replace') as smaps:
            for line in smaps:
                fields = line.split()
                if '-' in fields[0] and not fields[0].endswith(':'):
                    name = ' '.join(fields[5:])
                    is_guest = name.endswith('(deleted)') and 'laneway' not in name
                elif fields[0] == 'Pss:' and not is_guest:
                    total += int(fields[1]) * 1024
        return total

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as log:
            return log.read()

    def log_tail(self, lines=15):
        return '\n'.join(self.log().splitlines()[-lines:])

    def wait(self, seconds):
        self._child.wait(seconds * watch.PATIENCE)
        return self._child.returncode

    def send(self, number):
        self._child.send_signal(number)

    def stop(self, first_signal=signal.SIGTERM, seconds=10):
        """Asks, waits, then kills; also whatever it left in its session."""
        if self.is_running():
            self._child.send_signal(first_signal)
            try:
                self.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill_alone(self):
        """Leaves what it started running; stop() ends that, too."""
        self._child.kill()
        self._child.wait()

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._child.wait()


def links_of(pid):
    """What a process's descriptors are; the numbers of sockets and the like left out."""
    found = []
    for descriptor in os.listdir(f'/proc/{pid}/fd'):
        try:
            found.append(os.readlink(f'/proc/{pid}/fd/{descriptor}').split(':[')[0])
        except FileNotFoundError:
            continue  # closed meanwhile
    return found


def must_run(command, **options):
    """Runs a command to its end and returns its output; raises with its words where it fails."""
    seconds = options.pop('seconds', 120)
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds * watch.PATIENCE, check=False, **options)
    output = done.stdout.decode(errors='replace')
    if done.returncode != 0:
        shown = ' '.join(str(part) for part in command)
        raise RuntimeError(f'{shown}: exit code {done.returncode}: {output.strip()[-2000:]}')
    return output
