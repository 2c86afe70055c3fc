"""A program on a terminal of its own, as if somebody sat there."""

import os
import pty
import select
import termios
import time

from . import watch


class Terminal:
    def __init__(self, command, environment=None):
        self._shown = b''
        self._code = None
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            try:
                os.execve(str(command[0]), [str(word) for word in command], environment or os.environ)
            finally:
                os._exit(127)
        # Kept open, so that the terminal and its settings outlive the program.
        self._held = os.open(os.ptsname(self._fd), os.O_RDWR | os.O_NOCTTY)

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
        while self._code is None:
            self.look(0.05)
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise watch.TookTooLong(f'the end of the program on the terminal, which shows: {self.shown()}')
        self.look(0)
        return self._code

    def close(self):
        if self._code is None:
            os.kill(self._pid, 9)
            self.exit_code()
        os.close(self._held)
        os.close(self._fd)

    def look(self, seconds=0):
        """Takes what the terminal shows by now."""
        if select.select([self._fd], [], [], seconds)[0]:
            self._shown += os.read(self._fd, 65536)
