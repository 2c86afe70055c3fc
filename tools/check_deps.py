#!/usr/bin/env python3
"""Checks the layers: each module of src/ includes only the modules that the list below allows it.

usage: tools/check_deps.py [--self-test]
  --self-test  plant one violation of every kind in a scratch tree and see each of them found
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Module -> modules that it may include besides itself. A line may only name modules of lower layers.
ALLOWED = {
    # L0
    'base': (),
    # L1
    'reactor': ('base',),
    'guest': ('base',),
    'scsi': ('base',),
    'lockdown': ('base',),
    # L2
    'block': ('base', 'reactor'),
    'virtio': ('base', 'guest'),
    'iscsi': ('base',),
    # L3
    'vhost_user': ('base', 'guest', 'virtio'),
    'qos': ('base', 'reactor', 'block'),
    # L4
    'frontend': ('base', 'reactor', 'guest', 'block', 'virtio', 'vhost_user'),
    'backend': ('base', 'reactor', 'block', 'scsi', 'iscsi'),
    # Beside the engine: the wire of the control plane, and the command line that speaks only that.
    'rpc': ('base',),
    # The control plane's foundations: what it was asked for, and its front door.
    'store': ('base',),
    'http': ('base',),
    # What runs machines: libvirt behind a port of ours.
    'hypervisor': ('base',),
    'openapi': (),
    # What outlives the engine: items, and the wire to it.
    'keeper': ('base', 'lockdown', 'rpc'),
    # The load generator is a guest's driver and front-end: it shares the rings' layout with the engine, nothing else.
    'loadgen': ('base', 'guest', 'virtio', 'vhost_user'),
    # The command lines: what they share, and one for each of the two that they speak to.
    'terminal': ('base', 'rpc'),
    'enginectl': ('base', 'rpc', 'terminal'),
    'cli': ('base', 'rpc', 'terminal', 'http', 'openapi', 'loadgen'),
    # The control plane: beside the engine too, and never in its process.
    'metrics': ('base', 'rpc'),
    'manager': ('base', 'rpc', 'store', 'http', 'openapi', 'metrics', 'hypervisor'),
    # L5
    'engine': ('base', 'reactor', 'guest', 'scsi', 'block', 'virtio', 'iscsi', 'vhost_user', 'qos', 'frontend',
               'backend', 'lockdown', 'rpc', 'keeper'),
}
LAYER = {'base': 0, 'reactor': 1, 'guest': 1, 'scsi': 1, 'lockdown': 1, 'rpc': 1, 'store': 1, 'http': 1, 'openapi': 1,
         'hypervisor': 1, 'block': 2, 'virtio': 2, 'iscsi': 2, 'keeper': 2, 'terminal': 2, 'metrics': 2,
         'vhost_user': 3, 'qos': 3, 'frontend': 4, 'backend': 4, 'loadgen': 4, 'cli': 5, 'enginectl': 5, 'manager': 5,
         'engine': 5}

# Protocol modules turn bytes into bytes: no sockets, no files, no ring of the kernel.
SANS_IO = ('scsi', 'virtio', 'iscsi', 'vhost_user')
SOCKET_HEADERS = re.compile(r'(sys/socket|sys/un|netinet/|arpa/|netdb|sys/epoll|poll|sys/poll|sys/select|liburing)')
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)

WHY = {
    ('frontend', 'backend'): 'front-ends and back-ends meet in block/; name the pair in engine/',
    ('backend', 'frontend'): 'front-ends and back-ends meet in block/; name the pair in engine/',
    ('iscsi', 'scsi'): 'the session carries CDBs as bytes; put the two together in backend/',
    ('scsi', 'iscsi'): 'SCSI knows no transport; put the two together in backend/',
    ('cli', 'engine'): 'the command line speaks to lanewayd only, through http/',
    ('cli', 'enginectl'): 'what both command lines need is in terminal/',
    ('enginectl', 'engine'): 'the tool speaks to the engine through rpc/ only',
}


def is_test(path):
    return path.name.endswith(('_test.cc', '_fuzz.cc')) or 'testing' in path.parts


def _wrong_include(module, target, test):
    if target == module or target in ALLOWED[module]:
        return None
    if test and target not in ALLOWED:
        return None  # a suite's own folder under tests/, by include path
    reason = WHY.get((module, target))
    if not reason and target in LAYER and LAYER[target] >= LAYER[module]:
        reason = f'{module} is on layer {LAYER[module]}, {target} on {LAYER[target]}: arrows point down only; ' \
                 f'move the shared type below both, or hand it in from above'
    return reason or f'{module} may include {", ".join(ALLOWED[module]) or "nothing else"}; if this arrow is right, ' \
                     'add it to ALLOWED in tools/check_deps.py and say why in the commit'


def findings_in(root):
    findings = []
    for path in sorted((root / 'src').rglob('*')):
        parts = path.relative_to(root / 'src').parts
        if path.suffix not in ('.h', '.cc') or len(parts) < 2:
            continue
        findings += _findings_of(path.relative_to(root), parts[0], path.read_text(encoding='utf-8'))
    return findings


def _findings_of(path, module, text):
    if module not in ALLOWED:
        yield f'{path}:1: module "{module}" has no layer: add it to ALLOWED and LAYER in tools/check_deps.py'
        return
    for match in INCLUDE.finditer(text):
        line = text.count('\n', 0, match.start()) + 1
        ours, system = match.groups()
        if ours and '/' not in ours:
            yield f'{path}:{line}: "{ours}" has no module: include it as "{module}/{ours}"'
        elif ours:
            reason = _wrong_include(module, ours.split('/')[0], is_test(path))
            if reason:
                yield f'{path}:{line}: {module} must not include "{ours}": {reason}'
            elif '/testing/' in ours and not is_test(path):
                yield f'{path}:{line}: the product must not include the fake "{ours}": only tests may'
        elif module in SANS_IO and not is_test(path) and SOCKET_HEADERS.match(system):
            yield f'{path}:{line}: {module} turns bytes into bytes and includes no <{system}>: ' \
                  'its caller (frontend/, backend/) owns sockets'


PLANTED = (
    ('src/base/up.h', '#include "reactor/reactor.h"\n'),
    ('src/frontend/across.cc', '#include "backend/memory.h"\n'),
    ('src/backend/across.cc', '#include "frontend/vhost_connection.h"\n'),
    ('src/iscsi/socket.cc', '#include <sys/socket.h>\n'),
    ('src/vhost_user/socket.h', '#include <sys/un.h>\n'),
    ('src/iscsi/scsi.cc', '#include "scsi/cdb.h"\n'),
    ('src/scsi/block.cc', '#include "block/block.h"\n'),
    ('src/cli/engine.cc', '#include "engine/device_table.h"\n'),
    ('src/rpc/engine.cc', '#include "engine/device_table.h"\n'),
    ('src/block/bare.cc', '#include "block.h"\n'),
    ('src/engine/fake.cc', '#include "block/testing/fake_device.h"\n'),
    ('src/stranger/noun.cc', '#include "base/status.h"\n'),
)
CLEAN = (
    ('src/frontend/vhost_connection.cc', '#include <sys/socket.h>\n#include "block/block.h"\n#include "base/fd.h"\n'),
    ('src/engine/main.cc', '#include "frontend/x.h"\n#include "backend/y.h"\n#include "rpc/z.h"\n'),
    ('src/iscsi/session_test.cc', '#include "iscsi/testing/peer.h"\n#include <sys/uio.h>\n'),
)


def _plant(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding='utf-8')


def self_test():
    missed = 0
    for path, text in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            _plant(Path(folder), path, text)
            if not findings_in(Path(folder)):
                missed += 1
                print(f'check_deps self-test: the planted violation in {path} was not found: {text.strip()}')
    with tempfile.TemporaryDirectory() as folder:
        for path, text in CLEAN:
            _plant(Path(folder), path, text)
        for finding in findings_in(Path(folder)):
            missed += 1
            print('check_deps self-test: found in a clean tree:', finding)
    print(f'check_deps self-test: {len(PLANTED)} planted violations, {missed} misjudged')
    return 1 if missed else 0


def main(arguments):
    if '--help' in arguments or '-h' in arguments:
        print(__doc__)
        return 0
    if '--self-test' in arguments:
        return self_test()
    findings = findings_in(ROOT)
    for finding in findings:
        print(finding)
    print(f'check_deps: {len(findings)} findings')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
