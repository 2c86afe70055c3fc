#!/usr/bin/env python3
"""How start time, memory and IOPS grow with the number of functions on one engine.

usage: scale_figures.py [COUNT ...]   (default 1 16 64 256 1024; engine options from LANEWAY_ENGINE_OPTIONS)

Every function is a null disk; they are created over some connections at once, then attached at once to
`laneway bench`. Jain's index says how equally they were served: 1 for all alike, 1/N where one got everything.
"""

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from lab import workplace
from lab.engine import BIN, Engine

CONNECTIONS = 8
DEPTH = 4
SECONDS = 3


class Connection:
    """A connection to the engine's RPC socket, so that the command line's own start does not count."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile('rb')
        self._number = 0

    def call(self, method, **params):
        self._number += 1
        message = {'jsonrpc': '2.0', 'id': self._number, 'method': method, 'params': params}
        self._socket.sendall(json.dumps(message).encode() + b'\n')
        answer = json.loads(self._lines.readline())
        if 'error' in answer:
            raise RuntimeError(answer['error']['message'])
        return answer['result']


def bench(sockets):
    """IOPS of all functions together, and the engine's CPU seconds for a million requests."""
    command = [BIN / 'laneway', '-o', 'json', 'bench', *sockets, '--depth', str(DEPTH), '--time', str(SECONDS)]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, timeout=600)
    result = json.loads(done.stdout)
    return result['iops'], result['server_cpu_seconds_per_million'] or 0


def create(path, numbers):
    connection = Connection(path)
    for number in numbers:
        connection.call('vf.create', name=f'vf{number}', backend='null', capacity_bytes=1 << 30)


def jain(values):
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))


def figures(count):
    with workplace.Workplace(f'scale{count}') as place:
        engine = Engine(place, *os.environ.get('LANEWAY_ENGINE_OPTIONS', '').split())
        empty = engine.process.own_pss_bytes()
        began = time.monotonic()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(lambda first: create(engine.socket, range(first, count, CONNECTIONS)), range(CONNECTIONS)))
        created_s = time.monotonic() - began
        created = engine.process.own_pss_bytes()
        iops, cpu_s = bench([engine.function_socket(f'vf{number}') for number in range(count)])
        fairness = jain([stats['reads'] for stats in Connection(engine.socket).call('vf.stats')['functions']])
        engine.stop()
        began = time.monotonic()
        engine.start()
        started_s = time.monotonic() - began
        return count, created_s, started_s, (created - empty) / count / 1024, iops, cpu_s, fairness


def main():
    counts = [int(word) for word in sys.argv[1:]] or [1, 16, 64, 256, 1024]
    workplace.turn_signals_into_exceptions()
    print('functions  created s  started s  KiB each  IOPS of all  CPU s/M    Jain', flush=True)
    for count in counts:
        print('{:9d}  {:9.2f}  {:9.2f}  {:8.1f}  {:11,.0f}  {:7.2f}  {:6.4f}'.format(*figures(count)), flush=True)


if __name__ == '__main__':
    main()
