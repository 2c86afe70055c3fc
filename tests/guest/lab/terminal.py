"""A program on a terminal of its own, as if somebody sat there."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time

from . import watch


class Terminal:
    def __init__(self, command, environment=None):
        self._shown = b''
        # Both ends stay open here, so that the terminal and its settings outlive the program.
        self._fd, self._held = pty.openpty()
        self._child = subprocess.Popen([str(word) for word in command], stdin=self._held, stdout=self._held,
                                       stderr=self._held, env=environment, start_new_session=True,
                                       preexec_fn=_take_terminal)

    def wait_for(self, text, seconds=30):
        end = time.monotonic() + seconds * watch.PATIENCE
        while text not in self.shown():
            if time.monotonic() > end:
                raise watch.TookTooLong(f'"{text}" on the terminal, which shows: {self.shown()}')
            self.look(0.2)

    def type(self, text):
        os.write(self._fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self._held)[3] & termios.ECHO)

    def shown(self):
        return self._shown.decode(errors='replace')

    def shown_now(self):
        self.look()
        return self.shown()

    def exit_code(self, seconds=60):
        """Waits for the end; minus the signal where one ended it."""
        end = time.monotonic() + seconds * watch.PATIENCE
        while self._child.poll() is None:
            self.look(0.05)
            if time.monotonic() > end:
                raise watch.TookTooLong(f'the end of the program on the terminal, which shows: {self.shown()}')
        self.look()
        return self._child.returncode

    def close(self):
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        os.close(self._held)
        os.close(self._fd)

    def look(self, seconds=0):
        """Takes what the terminal shows by now."""
        if select.select([self._fd], [], [], seconds)[0]:
            self._shown += os.read(self._fd, 65536)


def _take_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A shell starts what runs in the background with Ctrl-C ignored, and programs inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
