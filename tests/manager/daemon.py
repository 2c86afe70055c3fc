"""lanewayd in a workplace, asked through its unix socket or over HTTPS as a client would."""

import http.client
import json
import signal
import socket
import ssl
from lab import watch
from lab.engine import BIN


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__('localhost', timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Got:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()
        is_json = self.headers.get('content-type', '').split(';')[0].endswith('json')
        self.body = json.loads(self.text) if self.text and is_json else None


class Daemon:
    def __init__(self, workplace, engine, *options, name='lanewayd'):
        self._workplace = workplace
        # The host's own libvirt is no part of a test.
        self._options = options if '--libvirt' in options else ('--libvirt', 'none', *options)
        self._name = name
        self._starts = 0
        self.environment = None  # of the next start; None: as the test has it
        self.engine = engine
        self.state_folder = workplace.path(f'{name}-state')
        self.run_folder = workplace.path(f'{name}-run')
        self.socket = self.run_folder / 'lanewayd.sock'
        self.process = None
        self.start()

    def command(self, *more):
        return [BIN / 'lanewayd', '--state-dir', self.state_folder, '--run-dir', self.run_folder,
                '--engine', self.engine.socket, *self._options, *more]

    def start(self):
        self.begin()
        watch.until(self.answers, 'lanewayd answering')

    def begin(self):
        self._starts += 1
        self.process = self._workplace.start(f'{self._name}-{self._starts}', self.command(), env=self.environment)

    def stop(self):
        self.process.stop(signal.SIGTERM, 20)

    def kill(self):
        self.process.stop(signal.SIGKILL, 20)

    def log(self):
        return self._workplace.path(f'{self._name}-{self._starts}.log').read_text(errors='replace')

    def answers(self):
        if not self.process.is_running():
            raise RuntimeError(f'lanewayd ended: {self.process.log_tail()}')
        try:
            return self.ask('GET', '/session').status == 200
        except OSError:
            return False

    def https_port(self):
        line = next(line for line in self.log().splitlines() if line.startswith('https port '))
        return int(line.split()[-1])

    def connection(self, https=False, seconds=60):
        if not https:
            return _UnixConnection(self.socket, seconds)
        trust = ssl.create_default_context(cafile=str(self.state_folder / 'certificate.pem'))
        return http.client.HTTPSConnection('localhost', self.https_port(), timeout=seconds, context=trust)

    def ask(self, method, path, body=None, headers=(), https=False):
        """An operation of the API, or with a path like '//metrics' what lies beside it."""
        connection = self.connection(https)
        try:
            sent = dict(headers)
            if body is not None:
                sent.setdefault('Content-Type', 'application/json')
            whole = path[1:] if path.startswith('//') else '/api/v1' + path
            connection.request(method, whole, None if body is None else json.dumps(body), sent)
            return Got(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        return self.ask('GET', path).body

    def make(self, plural, name, spec):
        """Makes it, and waits for the engine; the document."""
        got = self.ask('PUT', f'/{plural}/{name}?wait=60', {'spec': spec})
        assert got.status in (200, 201), (got.status, got.body)
        return got.body

    def delete(self, plural, name):
        got = self.ask('DELETE', f'/{plural}/{name}?wait=60')
        assert got.status == 204, (got.status, got.body)

    def status(self, plural, name):
        return self.get(f'/{plural}/{name}')['status']

    def until_state(self, plural, name, state):
        def is_so():
            got = self.ask('GET', f'/{plural}/{name}')
            return got.status == 200 and got.body['status']['state'] == state
        watch.until(is_so, f'{plural}/{name} {state}')


class Stream:
    """Server-sent events, one after the other."""

    def __init__(self, daemon, last_id=None):
        self._connection = daemon.connection()
        headers = {'Last-Event-ID': last_id} if last_id else {}
        self._connection.request('GET', '/api/v1/watch', None, headers)
        self._response = self._connection.getresponse()
        self.last_id = last_id

    def next(self):
        """(event, data); comments are passed over."""
        event, data = None, None
        while True:
            line = self._response.readline().decode().rstrip('\n')
            if line.startswith('id: '):
                self.last_id = line[4:]
            elif line.startswith('event: '):
                event = line[7:]
            elif line.startswith('data: '):
                data = json.loads(line[6:])
            elif not line and event:
                return event, data

    def until(self, event, chosen):
        while True:
            kind, data = self.next()
            if kind == event and chosen(data):
                return data

    def close(self):
        self._connection.close()
