"""Many functions on one engine: how making them, memory and IOPS grow, and how equally they are served."""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import lanes
import machine

COUNTS = (1, 16, 64, 256, 1024)
CONNECTIONS = 8
STOP_LIMIT_S = 20


class Connection:
    """A connection to the engine's RPC socket, so that the command line's own start does not count."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile('rb')
        self._number = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()

    def call(self, method, **params):
        self._number += 1
        message = {'jsonrpc': '2.0', 'id': self._number, 'method': method, 'params': params}
        self._socket.sendall(json.dumps(message).encode() + b'\n')
        answer = json.loads(self._lines.readline())
        if 'error' in answer:
            raise lanes.LoadError(answer['error']['message'])
        return answer['result']


def jain(values):
    """Jain's index: 1 where all are served alike, 1/N where one gets everything."""
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))


class ManyLane(lanes.Lane):
    """An engine of its own each time: functions made over some connections at once, all attached at once, a restart."""

    def __init__(self, plan, place, case, count, make_server):
        super().__init__(f'{count:,} function{"s" if count > 1 else ""}')
        self.plan = plan
        self.place = place
        self.case = case
        self.count = count
        self.make_server = make_server  # (key) -> server, not started

    def measure(self, seconds, warm_up):
        server = self.make_server(f'many{self.count}-{time.monotonic_ns()}')
        server.start()
        empty = machine.pss_bytes(server.process.pid)
        began = time.monotonic()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(lambda first: self._create(server, first), range(CONNECTIONS)))
        created_s = time.monotonic() - began
        created = machine.pss_bytes(server.process.pid)
        sockets = [server.run_folder / 'vf' / f'vf{number}.sock' for number in range(self.count)]
        command = [self.plan.laneway, '-o', 'json', 'bench', *sockets, *self.case.load, '--time', seconds, '--warm-up',
                   warm_up, '--cpus', self.plan.client_cpu, '--server-pid', server.process.pid]
        result = lanes.run_json(command, seconds + self.count / 50)
        with Connection(server.rpc) as rpc:
            reads = [stats['reads'] for stats in rpc.call('vf.stats')['functions']]
        server.process.stop(signal.SIGTERM, STOP_LIMIT_S)
        began = time.monotonic()
        server.start()
        started_s = time.monotonic() - began
        server.process.stop(signal.SIGTERM, STOP_LIMIT_S)
        figures = {'created_s': created_s, 'started_s': started_s, 'jain': jain(reads), 'iops': result['iops'],
                   'kib_per_function': (created - empty) / self.count / 1024,
                   'cpu_s_per_million': result['server_cpu_seconds_per_million'] or 0}
        problem = result['first_problem'] if result['errors'] or result['corruptions'] else ''
        return lanes.Sample(figures, f'laneway bench SOCKETS {" ".join(self.case.load)} --time {seconds}',
                            problem=problem)

    def _create(self, server, first):
        with Connection(server.rpc) as rpc:
            for number in range(first, self.count, CONNECTIONS):
                rpc.call('vf.create', name=f'vf{number}', backend=self.case.disk, capacity_bytes=self.case.size_bytes)


class NeighbourLane(lanes.BenchLane):
    """A calm load on one function, alone or while another function of the reactor is loaded deeply."""

    def __init__(self, name, plan, socket, load, server, deep=None):
        super().__init__(name, plan, socket, load, server)
        self.deep = deep  # (socket, load)

    def measure(self, seconds, warm_up):
        if self.deep is None:
            return super().measure(seconds, warm_up)
        neighbour = lanes.BenchLane('neighbour', self.plan, self.deep[0], self.deep[1], self.server)
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(neighbour.measure, seconds + 2 * warm_up, warm_up)
            time.sleep(warm_up)
            sample = super().measure(seconds, warm_up)
            sample.figures['neighbour_iops'] = loading.result().figures['iops']
        return sample
