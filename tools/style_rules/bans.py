"""Rules about what may not be written, where, and what to write instead."""

import re
from dataclasses import dataclass

from .rule import Finding

# Modules of the engine: no exceptions, no blocking, time and chance passed in.
ENGINE = ('base', 'reactor', 'guest', 'scsi', 'block', 'virtio', 'iscsi', 'vhost_user', 'frontend', 'backend', 'qos',
          'engine', 'keeper')
# Modules on the way of an I/O: no mutex.
IO_PATH = ('guest', 'scsi', 'block', 'virtio', 'iscsi', 'vhost_user', 'frontend', 'backend', 'qos')


@dataclass(frozen=True)
class Ban:
    rule: str
    pattern: str
    instead: str
    modules: tuple = ()      # only there; empty: everywhere
    in_tests: bool = True    # False: unit tests and fakes may
    allowed: tuple = ()      # path prefixes that may, each for a reason written in that file


BANS = (
    Ban('ownership', r'\bstd::(shared_ptr|make_shared|weak_ptr)\b',
        'use a value, a unique_ptr, or a reference whose owner the comment names',
        allowed=('src/base/log.cc',)),  # spdlog takes its sinks so
    # A class with a private constructor may hand its new object straight to a unique_ptr.
    Ban('ownership', r'^(?!.*\bunique_ptr<\w+>[({]\s*new\b).*(?<!operator )\bnew\b(?!\s*\()',
        'use std::make_unique, a container, or a slot pool'),
    Ban('ownership', r'(?<!= )(?<!operator )\bdelete\b', 'let a unique_ptr or a value own it'),
    Ban('ownership', r'\b(malloc|calloc|realloc|free)\s*\(', 'use a container or a slot pool',
        allowed=('src/hypervisor/libvirt_handles.',)),  # libvirt gives texts and lists so
    Ban('descriptor', r'(?<![\w.>:])(::)?close\s*\(\s*[a-z]\w*', 'keep the descriptor in a UniqueFd, which closes it',
        modules=ENGINE + ('rpc', 'cli'), in_tests=False, allowed=('src/base/fd.',)),
    Ban('std-function', r'\bstd::function\b', 'use a template parameter, a function pointer, or an interface',
        modules=ENGINE),
    Ban('std-ranges', r'\bstd::(ranges|views)\b', 'write the loop, or use <algorithm>'),
    Ban('coroutine', r'\bco_(await|return|yield)\b',
        'write a state machine: g++ 12 destroys temporaries of co_await twice'),
    Ban('random', r'(?<![\w.>:])(std::)?(rand|srand|random)\s*\(\s*\)|\bstd::(random_device|mt19937\w*)\b',
        'take a laneway::Random, so that the simulator owns chance', allowed=('src/base/random.',)),
    Ban('wall-clock', r'\bsystem_clock\b|\bgettimeofday\b|\bclock_gettime\b|'
        r'(?<![\w.>])(std::)?time\s*\(\s*(nullptr|NULL|0)\s*\)',
        'take a laneway::Clock, so that the simulator owns time', modules=ENGINE, in_tests=False,
        allowed=('src/base/clock.', 'src/engine/reactor_pool.')),
    Ban('sleep', r'\bsleep_(for|until)\b|(?<![\w.>])(::)?(usleep|nanosleep)\s*\(|'
        r'(?<!\w)::sleep\s*\(|(?<![\w.>])sleep\s*\(\s*\d',
        'set a timer of the reactor, or wait for the thing itself'),
    Ban('exception', r'\bthrow\b|\btry\s*\{|\bcatch\s*\(', 'return a Result or a Status', modules=ENGINE,
        in_tests=False),
    Ban('mutex', r'\bstd::(\w*mutex|\w*lock_guard|scoped_lock|unique_lock|condition_variable\w*)\b',
        'own the state on one reactor and send a letter', modules=IO_PATH, in_tests=False,
        allowed=('src/backend/guarded.h',)),  # set-up and changes of a session, never an I/O
    Ban('fixed-port', r'\bhtons\s*\(\s*[1-9]', 'bind port 0 and ask for the port that was given'),
    Ban('assert', r'(?<![\w_])assert\s*\(', 'use LW_ASSERT, which stays on in release'),
)

# reinterpret_cast lives here only, each under a "// SAFE: reason" line (STYLE.md rule 18).
CAST_PLACES = ('src/guest/', 'src/virtio/vring_layout', 'src/base/bytes.h')

# Text of any kind of file.
_MACHINE_PATH = re.compile(r'(?<![\w$}.])/(home|root|work|Users)/[\w.]')
_PYTHON_SLEEP_IN_TEST = re.compile(r'\btime\.sleep\(')
_PYTHON_PORT = re.compile(r'127\.0\.0\.1:[1-9]\d{2,4}|\bport\s*=\s*[1-9]\d{2,4}\b')
# The one place where the guest suite may pause between two looks at a thing that it cannot wait for.
PYTHON_SLEEP_PLACES = ('tests/guest/lab/watch.py',)
_VAGUE_NAMES = ('utils', 'util', 'common', 'helper', 'helpers', 'misc')


def check(file):
    findings = list(_machine_paths(file)) + list(_vague_name(file))
    if file.is_cpp:
        for ban in BANS:
            findings += _ban(file, ban)
        findings += _casts(file)
    if file.suffix == '.py' and file.path.startswith('tests/'):
        findings += _python_tests(file)
    return findings


def _ban(file, ban):
    if ban.modules and file.module not in ban.modules:
        return
    if (file.is_test and not ban.in_tests) or file.path.startswith(ban.allowed or ('\0',)):
        return
    for number, line in enumerate(file.code_lines, 1):
        match = re.search(ban.pattern, line)
        if match and not line.lstrip().startswith('#include'):
            shown = match.group(0).strip()[-40:]
            yield Finding(file.path, number, ban.rule, f'"{shown}" is not used here: {ban.instead}')


def _casts(file):
    for number, line in enumerate(file.code_lines, 1):
        if 'reinterpret_cast' not in line:
            continue
        if not file.path.startswith(CAST_PLACES):
            yield Finding(file.path, number, 'reinterpret-cast',
                          'reinterpret_cast lives in guest/, virtio/vring_layout and base/bytes.h: use their functions '
                          '(bytes_of, copy_out, text_of, GuestMemory::view)')
        elif not any('// SAFE:' in before for before in file.lines[max(0, number - 4):number]):
            yield Finding(file.path, number, 'reinterpret-cast',
                          'say why it is right in a "// SAFE: reason" line above it')


def _machine_paths(file):
    for number, line in enumerate(file.lines, 1):
        match = _MACHINE_PATH.search(line)
        if match:
            yield Finding(file.path, number, 'machine-path',
                          f'"{match.group(0)}" is a path of one machine: make it relative to the project or an option')


def _vague_name(file):
    stem = file.name.split('.')[0].removesuffix('_test')
    if stem in _VAGUE_NAMES or (file.module or '') in _VAGUE_NAMES:
        yield Finding(file.path, 1, 'vague-name', f'"{stem}" names no noun: name the file after what it holds')


def _python_tests(file):
    for number, line in enumerate(file.lines, 1):
        if _PYTHON_SLEEP_IN_TEST.search(line) and file.path not in PYTHON_SLEEP_PLACES:
            yield Finding(file.path, number, 'sleep',
                          'no sleeps in tests: wait for the condition with lab.watch.until()')
        if _PYTHON_PORT.search(line):
            yield Finding(file.path, number, 'fixed-port', 'no fixed ports in tests: take a free one')
