"""QEMU's control socket."""

import json
import socket
import time

from . import watch


class QmpError(AssertionError):
    pass


class Qmp:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        self._stream = self._socket.makefile('rwb')
        self._events = []
        self._read()  # the greeting
        self.command('qmp_capabilities')

    def command(self, name, seconds=60, **arguments):
        message = {'execute': name}
        if arguments:
            message['arguments'] = {key.replace('_', '-'): value for key, value in arguments.items()}
        self._stream.write(json.dumps(message).encode() + b'\n')
        self._stream.flush()
        self._socket.settimeout(seconds * watch.PATIENCE)
        while True:
            answer = self._read()
            if 'return' in answer:
                return answer['return']
            if 'error' in answer:
                raise QmpError(f'{name}: {answer["error"]["desc"]}')
            self._events.append(answer)

    def human(self, line):
        return self.command('human-monitor-command', command_line=line)

    def wait_event(self, name, seconds=60, **fields):
        """The first event of that name (not yet taken) whose data has these values."""
        end = time.monotonic() + seconds * watch.PATIENCE
        while True:
            for event in self._events:
                data = event.get('data', {})
                if event.get('event') == name and all(data.get(key) == value for key, value in fields.items()):
                    self._events.remove(event)
                    return event
            self._socket.settimeout(max(0.1, end - time.monotonic()))
            try:
                self._events.append(self._read())
            except TimeoutError as error:
                raise watch.TookTooLong(f'QEMU event {name} {fields}: not within {seconds} s') from error

    def close(self):
        self._stream.close()
        self._socket.close()

    def _read(self):
        line = self._stream.readline()
        if not line:
            raise QmpError('QEMU closed its control socket')
        return json.loads(line)
