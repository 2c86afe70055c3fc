#!/usr/bin/env python3
"""How long a function takes to map the memory of a large guest: SET_MEM_TABLE and ADD_MEM_REG, asked and answered.

usage: attach_figures.py [GIB] [ROUNDS]   (default 16 GiB, 20 rounds each)

The guest's memory is a sparse memory file, as that of a guest that has just started.
"""

import os
import socket
import statistics
import struct
import sys
import time

from lab import workplace
from lab.engine import Engine

GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 1, 2, 3, 5
GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, ADD_MEM_REG, REM_MEM_REG = 15, 16, 37, 38
VERSION, NEED_REPLY = 1, 8
PROTOCOL_FEATURES_BIT = 1 << 30
REPLY_ACK, CONFIGURE_MEM_SLOTS = 1 << 3, 1 << 15
GUEST_BASE, USER_BASE = 4 << 30, 0x7F00_0000_0000


def ask(connection, request, payload=b'', descriptors=(), flags=VERSION, is_answered=True):
    message = struct.pack('<III', request, flags, len(payload)) + payload
    socket.send_fds(connection, [message], list(descriptors))
    if not is_answered:
        return None
    request_back, _, length = struct.unpack('<III', connection.recv(12, socket.MSG_WAITALL))
    if request_back != request:
        raise AssertionError(f'asked {request}, answered {request_back}')
    return struct.unpack('<Q', connection.recv(length, socket.MSG_WAITALL))[0]


def timed(connection, request, payload, descriptors):
    begin = time.perf_counter()
    if ask(connection, request, payload, descriptors, VERSION | NEED_REPLY) != 0:
        raise AssertionError(f'request {request} was refused')
    return (time.perf_counter() - begin) * 1e3


def attach(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(path))
    ask(connection, SET_OWNER, is_answered=False)
    ask(connection, GET_FEATURES)
    ask(connection, GET_PROTOCOL_FEATURES)
    ask(connection, SET_PROTOCOL_FEATURES, struct.pack('<Q', REPLY_ACK | CONFIGURE_MEM_SLOTS), is_answered=False)
    ask(connection, SET_FEATURES, struct.pack('<Q', PROTOCOL_FEATURES_BIT | 1 << 32), is_answered=False)
    return connection


def main():
    size = (int(sys.argv[1]) if len(sys.argv) > 1 else 16) << 30
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    workplace.turn_signals_into_exceptions()
    with workplace.Workplace('attach') as place:
        engine = Engine(place)
        connection = attach(engine.create('lane', '--memory', '16M'))
        memory = os.memfd_create('guest')
        os.ftruncate(memory, size)
        region = struct.pack('<QQQQ', GUEST_BASE, size, USER_BASE, 0)
        table = struct.pack('<II', 1, 0) + region
        single = struct.pack('<Q', 0) + region
        tables = [timed(connection, SET_MEM_TABLE, table, [memory]) for _ in range(rounds)]
        timed(connection, REM_MEM_REG, single, [])
        regions = []
        for _ in range(rounds):
            regions.append(timed(connection, ADD_MEM_REG, single, [memory]))
            timed(connection, REM_MEM_REG, single, [])
        for name, figures in (('SET_MEM_TABLE', tables), ('ADD_MEM_REG', regions)):
            print(f'{name} with {size >> 30} GiB: {statistics.median(figures):.3f} ms median, '
                  f'{min(figures):.3f} to {max(figures):.3f} ms of {rounds}')
        print(f'pages of the guest that this touched: {os.fstat(memory).st_blocks // 8}')


if __name__ == '__main__':
    main()
