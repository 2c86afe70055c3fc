"""A WebSocket client (RFC 6455) over lanewayd's unix socket: binary messages, as one stream of bytes."""

import base64
import os
import socket
import struct
import time

from lab import watch


class Refused(AssertionError):
    def __init__(self, status, text):
        super().__init__(f'{status}: {text}')
        self.status = status


class WebSocket:
    def __init__(self, daemon, path, headers=()):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(60 * watch.PATIENCE)
        self._socket.connect(str(daemon.socket))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f'GET /api/v1{path} HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket',
                 'Sec-WebSocket-Version: 13', f'Sec-WebSocket-Key: {key}', *headers]
        self._socket.sendall('\r\n'.join([*lines, '', '']).encode())
        self._unread = b''
        self._data = b''
        self.close_code = None
        while b'\r\n\r\n' not in self._unread:
            if not self._receive():
                break
        head, _, self._unread = self._unread.partition(b'\r\n\r\n')
        status = int(head.split()[1])
        if status != 101:
            raise Refused(status, (head + self._unread).decode())

    def send(self, data, opcode=2):
        mask = os.urandom(4)
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else b'\xfe' + struct.pack('>H', size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def read_until(self, text, seconds=60):
        """All bytes up to and with the text."""
        end = time.monotonic() + seconds * watch.PATIENCE
        while text not in self._data:
            if time.monotonic() > end or not self._frame():
                raise AssertionError(f'{text!r} did not come; before it came {self._data[-500:]!r}')
        before, _, self._data = self._data.partition(text)
        return before + text

    def read_to_end(self):
        while self._frame():
            pass
        return self.close_code

    def close(self):
        self._socket.close()

    def _receive(self):
        more = self._socket.recv(65536)
        self._unread += more
        return bool(more)

    def _take(self, size):
        while len(self._unread) < size:
            if not self._receive():
                return None
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    def _frame(self):
        """False where the connection has ended."""
        head = self._take(2)
        if head is None:
            return False
        size = head[1] & 0x7f
        if size == 126:
            size = struct.unpack('>H', self._take(2))[0]
        elif size == 127:
            size = struct.unpack('>Q', self._take(8))[0]
        payload = self._take(size)
        if head[0] & 0x0f == 9:
            self.send(payload, 10)
        elif head[0] & 0x0f == 8:
            self.close_code = struct.unpack('>H', payload[:2])[0]
        else:
            self._data += payload
        return True
