"""The host's end of the command channel to a guest: one script a line in base64, one answer a line."""

import base64
import select
import socket
import time

from . import watch


class GuestGone(AssertionError):
    pass


class Agent:
    """Speaks with guest_init.sh over a stream socket. `alive` says whether the guest's process still runs."""

    def __init__(self, stream, alive):
        self._stream = stream
        self._alive = alive
        self._received = b''
        self._number = 0
        stream.setblocking(False)

    @classmethod
    def connect(cls, path, alive):
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.connect(str(path))
        return cls(stream, alive)

    def wait_ready(self, seconds=120):
        while self._line(seconds).strip() != b'laneway-guest-ready':
            pass

    def begin(self, script):
        """Sends a script without waiting for its end; finish() takes its answer."""
        self._number += 1
        line = b'%d %s\n' % (self._number, base64.b64encode(script.encode()))
        end = time.monotonic() + 60 * watch.PATIENCE
        while line:
            if not select.select([], [self._stream], [], 1)[1]:
                self._check(end, 'the guest takes no command')
                continue
            line = line[self._stream.send(line):]

    def finish(self, seconds=120):
        """(exit code, output) of the script that was begun."""
        while True:
            parts = self._line(seconds).split()
            if parts and parts[0] == b'%d' % self._number:
                output = base64.b64decode(parts[2]).decode(errors='replace') if len(parts) > 2 else ''
                return int(parts[1]), output

    def run(self, script, seconds=120):
        self.begin(script)
        return self.finish(seconds)

    def must_run(self, script, seconds=120):
        code, output = self.run(script, seconds)
        if code != 0:
            raise AssertionError(f'in the guest: exit code {code} of: {script}\n{output[-2000:]}')
        return output

    def close(self):
        self._stream.close()

    def _line(self, seconds):
        end = time.monotonic() + seconds * watch.PATIENCE
        while b'\n' not in self._received:
            if select.select([self._stream], [], [], 0.5)[0]:
                data = self._stream.recv(65536)
                if not data:
                    raise GuestGone('the guest closed its command channel')
                self._received += data
            else:
                self._check(end, f'no answer from the guest within {seconds} s')
        line, self._received = self._received.split(b'\n', 1)
        return line

    def _check(self, end, what):
        if not self._alive():
            raise GuestGone('the guest is gone')
        if time.monotonic() > end:
            raise watch.TookTooLong(what)
